using System.Globalization;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Output;
using Pellucid.Models.Generation;
using Pellucid.Text.Corpora;

namespace Pellucid.Cli.Verbs;

internal sealed class Score : Verb
{
    private const int BlockSize = 256;

    private readonly Flag<string?> _model;
    private readonly Flag<string> _format;
    private readonly Flag<string?> _output;
    private readonly Flag<int> _batch;
    private readonly Flag<string> _precision;
    private readonly Flag<int?> _threads;

    public Score()
    {
        Words = WordsOf("FILE", "one file of source TAB target lines, or a file of sources and a file of targets", least: 1, most: 2);
        _model = Flags.Add(ModelFolder.Flag());
        _format = Flags.Add(Make.Choice("--format", "FORMAT", "text: log-probability, tab, tokens; json: also the log-probability of every token", ["text", "json"]));
        _output = Flags.Add(Make.TextOr("--output", "FILE", "stdout", "write to this file, which appears only when it is complete", "-o"));
        _batch = Flags.Add(Make.Whole("--batch-size", "N", "pairs scored at once; changes speed and memory, never a result", 1, 64, "--mini-batch"));
        _precision = Flags.Add(PrecisionFlag.Flag());
        _threads = Flags.Add(MachineFlags.Threads());
    }

    public override string Description =>
        "How probable the model finds given translations: for each pair log P(target | source), the natural logarithm of the probability, end of sentence included, and the number of tokens with the end. "
        + "A translation that translate found gets back its own log-probability, bit for bit. To compare translations with references, use evaluate.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid score pairs.tsv", "a line for each pair; the mean per token and the perplexity on stderr"),
        new("pellucid score test.en test.de --model runs/en-de --format json", "two files, every token's log-probability"),
    ];

    public override int Run(Call call)
    {
        MachineFlags.Apply(call, _threads);
        var corpus = Read(call.Get(Words!), call);
        var translator = Translator.Load(ModelFolder.Find(call.Get(_model)), PrecisionFlag.Of(call, _precision), call.Cancellation);
        var options = new DecodingOptions { RowBudget = call.Get(_batch) };
        var (sum, tokens, isJson) = (0.0, 0L, call.Get(_format) == "json");
        OutputFile.Write(call.Get(_output), call.Terminal, output =>
        {
            var line = 0;
            foreach (var block in corpus.Pairs.Chunk(BlockSize))
            {
                foreach (var target in ScoreBlock(translator, block, line, options, call))
                {
                    output.WriteLine(isJson ? Json(block[line % BlockSize], target) : Text(target.Hypothesis));
                    (sum, tokens, line) = (sum + target.Hypothesis.LogProbability, tokens + target.Hypothesis.StepLogProbabilities.Length, line + 1);
                }
                output.Flush();
            }
        });
        call.Say(FormattableString.Invariant($"{corpus.Count} pairs, {tokens} tokens: {-sum / tokens:0.0000} nats a token, perplexity {Math.Exp(-sum / tokens):0.00}"));
        return ExitCode.Done;
    }

    private static ParallelCorpus Read(string[] files, Call call) => files.Length == 2
        ? ParallelCorpus.FromFiles(files[0], files[1], CorpusCleaning.None, call.Cancellation)
        : ParallelCorpus.FromTsv(files[0], CorpusCleaning.None, call.Cancellation);

    private static IReadOnlyList<TargetText> ScoreBlock(Translator translator, SentencePair[] block, int first, DecodingOptions options, Call call)
    {
        try
        {
            return translator.Score([.. block.Select(pair => pair.Source)], [.. block.Select(pair => pair.Target)], options, null, call.Cancellation);
        }
        catch (ArgumentException error)
        {
            throw new FailureException(FormattableString.Invariant($"{Failures.Line(error)} (source 0 is line {first + 1})"), error);
        }
    }

    private static string Text(Hypothesis target) =>
        string.Create(CultureInfo.InvariantCulture, $"{target.LogProbability:F4}\t{target.StepLogProbabilities.Length}");

    private static string Json(SentencePair pair, TargetText target) => JsonLine.Write(json =>
    {
        json.WriteString("source", pair.Source);
        json.WriteString("target", pair.Target);
        json.WriteNumber("log_probability", target.Hypothesis.LogProbability);
        json.WriteStartArray("pieces");
        foreach (var piece in target.Pieces) json.WriteStringValue(piece);
        json.WriteEndArray();
        json.WriteStartArray("log_probabilities");
        foreach (var step in target.Hypothesis.StepLogProbabilities) json.WriteNumberValue(step);
        json.WriteEndArray();
    });
}
