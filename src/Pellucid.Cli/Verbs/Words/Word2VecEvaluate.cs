using System.Globalization;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Output;
using Pellucid.Words;

namespace Pellucid.Cli.Verbs.Words;

internal sealed class Word2VecEvaluate : Verb
{
    private readonly WordVectorFlags _vectors;
    private readonly Flag<string[]> _analogies, _pairs;
    private readonly Flag<int> _words;
    private readonly Flag<bool> _json;

    public Word2VecEvaluate()
    {
        _vectors = new(Flags);
        _analogies = Flags.Add(Make.Texts("--analogies", "FILE", "questions: lines ': section' and 'a b c d', as questions-words.txt of Google"));
        _pairs = Flags.Add(Make.Texts("--pairs", "FILE", "pairs and how similar people find them: two words and a number with tabs between, as gensim's wordsim353.tsv and simlex999.txt"));
        _words = Flags.Add(Make.Whole("--restrict-vocab", "N", "only the first words of the file answer", 1, WordEvaluation.DefaultWords));
        _json = Flags.Add(Make.Switch("--json", "one JSON object a line"));
    }

    public override string Description =>
        """
        Measures word vectors as gensim does: of analogies, how many are answered right in each section; of pairs, how far cosines agree with people (Spearman's rank correlation and Pearson's).
        Upper and lower case are one; questions and pairs with a word that has no vector are left out, and counted.
        """;

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid word2vec evaluate --vectors vectors.bin --analogies questions-words.txt --pairs wordsim353.tsv --pairs simlex999.txt", "the three lists that papers report"),
    ];

    public override int Run(Call call)
    {
        string[] analogies = call.Get(_analogies), pairs = call.Get(_pairs);
        if (analogies.Length + pairs.Length == 0) throw new UsageException($"a list is missing: {_analogies.Name} FILE or {_pairs.Name} FILE");
        var evaluation = new WordEvaluation(_vectors.Read(call, call.Get(_words)), call.Get(_words));
        foreach (string path in pairs) Pairs(call, path, evaluation.Pairs(path));
        foreach (string path in analogies) Analogies(call, path, evaluation.Analogies(path, call.Cancellation));
        return ExitCode.Done;
    }

    private void Pairs(Call call, string path, PairScore score) => call.Terminal.Output.WriteLine(call.Get(_json)
        ? JsonLine.Write(json =>
        {
            json.WriteString("pairs", path);
            json.WriteNumber("spearman", score.Spearman);
            json.WriteNumber("pearson", score.Pearson);
            json.WriteNumber("asked", score.Pairs);
            json.WriteNumber("skipped", score.Skipped);
        })
        : string.Create(CultureInfo.InvariantCulture, $"{path}  Spearman {score.Spearman:0.0000}  Pearson {score.Pearson:0.0000}  {score.Pairs} pairs{Skipped(score.Skipped)}"));

    private void Analogies(Call call, string path, IReadOnlyList<AnalogyScore> sections)
    {
        var output = call.Terminal.Output;
        if (!call.Get(_json)) output.WriteLine(path);
        foreach (var section in sections) Analogy(call, path, section);
        // Google's file begins the names of its syntactic sections so.
        var (syntactic, semantic) = (sections.Where(IsSyntactic).ToList(), sections.Where(section => !IsSyntactic(section)).ToList());
        if (syntactic.Count > 0 && semantic.Count > 0)
        {
            Analogy(call, path, Sum("semantic", semantic));
            Analogy(call, path, Sum("syntactic", syntactic));
        }
        Analogy(call, path, Sum("total", sections));
    }

    private void Analogy(Call call, string path, AnalogyScore score) => call.Terminal.Output.WriteLine(call.Get(_json)
        ? JsonLine.Write(json =>
        {
            json.WriteString("analogies", path);
            json.WriteString("section", score.Section);
            json.WriteNumber("correct", score.Correct);
            json.WriteNumber("asked", score.Asked);
            json.WriteNumber("skipped", score.Skipped);
        })
        : string.Create(CultureInfo.InvariantCulture, $"  {PlainText.Line(score.Section),-28}  {(score.Asked == 0 ? "      -" : FormattableString.Invariant($"{100 * score.Accuracy,5:0.00} %"))}  {score.Correct,5} of {score.Asked,5}{Skipped(score.Skipped)}"));

    private static bool IsSyntactic(AnalogyScore section) => section.Section.StartsWith("gram", StringComparison.Ordinal);

    private static AnalogyScore Sum(string name, IReadOnlyList<AnalogyScore> sections) => new(name, sections.Sum(s => s.Correct), sections.Sum(s => s.Asked), sections.Sum(s => s.Skipped));

    private static string Skipped(int count) => count == 0 ? "" : FormattableString.Invariant($", {count} left out");
}
