using Pellucid.Cli.Flags;
using Pellucid.Cli.Input;
using Pellucid.Text;
using Pellucid.Text.Metrics;

namespace Pellucid.Cli.Verbs;

internal sealed class Evaluate : Verb
{
    private readonly Flag<string?> _input;
    private readonly Flag<bool> _sentences;
    private readonly Flag<int> _digits;
    private readonly Flag<string> _format;
    private readonly MetricFlags _metrics;

    public Evaluate()
    {
        Words = WordsOf("REFERENCE...", "files of references, line by line; several files are several references of each line", least: 1);
        _input = Flags.Add(Make.TextOr("--input", "FILE", "stdin", "the translations to be scored, one a line", "-i", "--hypotheses", "--hyp"));
        _sentences = Flags.Add(Make.Switch("--sentence-level", "a line of scores for each translation, with tabs between", "-sl"));
        _digits = Flags.Add(Make.Whole("--width", "N", "digits after the point", 0, 2, "-w"));
        _format = Flags.Add(Make.Choice("--format", "FORMAT", "how to write the scores", ["text", "json"], "-f"));
        _metrics = new(Flags);
    }

    public override string Description => "Equal to sacreBLEU, signature included.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid evaluate reference.de < output.de", "a file of translations against one reference"),
        new("pellucid evaluate reference.zh -i output.zh --tokenize zh --metrics bleu", "Chinese, BLEU alone"),
    ];

    public override int Run(Call call)
    {
        var metrics = _metrics.Metrics(call);
        var references = call.Get(Words!).Select(file => ReadAll(file, call)).ToList();
        var input = call.Get(_input);
        var hypotheses = ReadAll(input ?? "-", call);
        for (var i = 0; i < references.Count; i++) CheckCounts(input is null or "-" ? "standard input" : input, hypotheses, call.Get(Words!)[i], references[i]);
        Write(call, metrics, hypotheses, references);
        return ExitCode.Done;
    }

    private void Write(Call call, IReadOnlyList<Metric> metrics, IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        var (digits, isJson, output) = (call.Get(_digits), call.Get(_format) == "json", call.Terminal.Output);
        if (call.Get(_sentences))
        {
            for (var i = 0; i < hypotheses.Count; i++)
            {
                call.Cancellation.ThrowIfCancellationRequested();
                var scores = metrics.Select(metric => metric.Sentence(hypotheses[i], [.. references.Select(stream => stream[i])])).ToList();
                output.WriteLine(isJson
                    ? JsonLine.Write(json => scores.ForEach(score => json.WriteNumber(score.Name, score.Score)))
                    : string.Join('\t', scores.Select(score => Round(score.Score, digits))));
            }
            return;
        }
        foreach (var metric in metrics)
        {
            var score = metric.Corpus(hypotheses, references, call.Cancellation);
            output.WriteLine(isJson ? Json(score) : score.FormatWithSignature(digits));
        }
    }

    private static string Round(double score, int digits) => score.ToString("F" + digits, System.Globalization.CultureInfo.InvariantCulture);

    private static string Json(MetricScore score) => JsonLine.Write(json =>
    {
        json.WriteString("name", score.Name);
        json.WriteNumber("score", score.Score);
        json.WriteString("signature", score.Signature);
        json.WriteString("details", score.Details);
        json.WriteString("tool", MetricScore.Tool);
    });

    private static List<string> ReadAll(string file, Call call)
    {
        using var reader = LineFeed.Reader(file, call.Terminal);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if ((reader.LineNumber & 4095) == 0) call.Cancellation.ThrowIfCancellationRequested();
            lines.Add(line);
        }
        if (lines.Count == 0) throw new CorpusException("the file is empty", file == "-" ? "standard input" : file);
        return lines;
    }

    private static void CheckCounts(string input, IReadOnlyList<string> hypotheses, string file, IReadOnlyList<string> references)
    {
        if (hypotheses.Count == references.Count) return;
        var (shorter, longer) = hypotheses.Count < references.Count ? (input, file) : (file, input);
        var (less, more) = (Math.Min(hypotheses.Count, references.Count), Math.Max(hypotheses.Count, references.Count));
        throw new CorpusException(FormattableString.Invariant($"the file ends after {less} lines, and {longer} has {more}; line {less + 1} has no counterpart"), shorter, less + 1);
    }
}
