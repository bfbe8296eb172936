using System.Diagnostics;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Input;
using Pellucid.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Cli.Verbs;

internal sealed class TokenizerTrain : Verb
{
    private readonly Flag<string?> _output;
    private readonly Flag<string> _type;
    private readonly Flag<int> _size;
    private readonly Flag<int?> _minimum;
    private readonly Flag<double> _coverage;
    private readonly Flag<bool> _noBytes;
    private readonly Flag<string?> _normalizer;
    private readonly Flag<string[]> _special;

    public TokenizerTrain()
    {
        Words = WordsOf("FILE...", "text files, one sentence a line; of a .tsv file all columns are read; - is stdin", least: 1);
        _output = Flags.Add(Make.Text("--output", "FILE", "the tokenizer.json to write", "-o"));
        _type = Flags.Add(Make.Choice("--type", "TYPE", "how text is cut", ["bpe", "word", "char"], "--model-type"));
        _size = Flags.Add(Make.Whole("--vocabulary-size", "N", "pieces in all, special tokens included", 5, 8000, "--vocab-size", "--vocab"));
        _minimum = Flags.Add(Make.WholeOrNone("--minimum-count", "N", "a pair (of bpe) or word that is rarer is not taken", 1, "2 for bpe, 1 otherwise", "--min-frequency", "--min-count"));
        _coverage = Flags.Add(Make.Number("--character-coverage", "SHARE", "bpe: the share of the text's characters that become pieces; the rest is spelled in bytes", 0, 1, 0.9999));
        _noBytes = Flags.Add(Make.Switch("--no-byte-fallback", "bpe: characters that are no pieces become <unk> instead of bytes"));
        _normalizer = Flags.Add(Make.TextOr("--normalizer", "NAMES", "none", "what is done to the text first, with commas between: nfc, nfd, nfkc, nfkd, lowercase, strip, collapse-whitespace, strip-accents"));
        _special = Flags.Add(Make.Texts("--special", "PIECE", "one more special piece after <pad> <s> </s> <unk>", "--user-defined-symbols"));
    }

    public override string Description => "Writes a tokenizer.json that Hugging Face's tokenizers can read too. For one vocabulary over two languages, name the files of both.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid tokenizer train train.en train.de --vocabulary-size 8000 --output tokenizer.json", "one BPE vocabulary for both languages"),
        new("pellucid tokenizer train train.tsv --type word --minimum-count 2 -o words.json", "whole words that occur at least twice"),
    ];

    public override int Run(Call call)
    {
        var output = call.Need(_output);
        var watch = Stopwatch.StartNew();
        var lines = call.Get(Words!).SelectMany(file => Read(file, call));
        var tokenizer = Train(call, lines);
        tokenizer.Save(output);
        call.Say(FormattableString.Invariant($"{output}: {tokenizer.VocabularySize} pieces, learned in {watch.Elapsed.TotalSeconds:0.0} s"));
        if (tokenizer.VocabularySize < call.Get(_size))
            call.Say(FormattableString.Invariant($"fewer than the {call.Get(_size)} asked for: nothing more occurs often enough"));
        return ExitCode.Done;
    }

    private Tokenizer Train(Call call, IEnumerable<string> lines)
    {
        var normalizer = Normalizer.Parse(call.Get(_normalizer) ?? "none");
        var special = new SpecialTokens { Additional = call.Get(_special) };
        var type = call.Get(_type);
        if (type == "bpe")
        {
            return BpeTrainer.Train(lines, new()
            {
                VocabularySize = call.Get(_size),
                MinimumPairCount = call.Get(_minimum) ?? 2,
                CharacterCoverage = call.Get(_coverage),
                ByteFallback = !call.Get(_noBytes),
                Normalizer = normalizer,
                SpecialTokens = special,
            }, null, call.Cancellation);
        }
        if (call.Has(_coverage) || call.Has(_noBytes)) throw new UsageException($"{(call.Has(_coverage) ? _coverage.Name : _noBytes.Name)} is for --type bpe only");
        var options = (type == "char" ? WordTrainerOptions.Characters : new()) with
        {
            VocabularySize = call.Get(_size), MinimumCount = call.Get(_minimum) ?? 1, Normalizer = normalizer, SpecialTokens = special,
        };
        return WordTrainer.Train(lines, options, null, call.Cancellation);
    }

    private static IEnumerable<string> Read(string file, Call call)
    {
        using var reader = LineFeed.Reader(file, call.Terminal);
        var isTsv = file.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase);
        while (reader.ReadLine() is { } line)
        {
            if (!isTsv) yield return line;
            else foreach (var column in line.Split('\t')) yield return column;
        }
        if (reader.LineNumber == 0) throw new CorpusException("the file is empty", file);
    }
}
