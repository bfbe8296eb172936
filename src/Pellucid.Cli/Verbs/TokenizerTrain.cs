using System.Diagnostics;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Input;
using Pellucid.Cli.Progress;
using Pellucid.Tensors;
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
    private readonly Flag<string[]> _special, _symbols;
    private readonly Flag<int?> _threads;

    public TokenizerTrain()
    {
        Words = WordsOf("FILE...", "text files, one sentence a line; of a .tsv file all columns are read; - is stdin", least: 1);
        _output = Flags.Add(Make.Text("--output", "FILE", "what to write: a tokenizer.json; of unigram also a SentencePiece .model, of byte-bpe a .tiktoken, of wordpiece a vocab .txt", "-o"));
        _type = Flags.Add(Make.Choice("--type", "TYPE", "how text is cut", ["bpe", "unigram", "wordpiece", "byte-bpe", "word", "char"], "--model-type"));
        _size = Flags.Add(Make.Whole("--vocabulary-size", "N", "pieces in all, special tokens included", 5, 8000, "--vocab-size", "--vocab"));
        _minimum = Flags.Add(Make.WholeOrNone("--minimum-count", "N", "a pair (of bpe, wordpiece, byte-bpe) or a word that is rarer is not taken", 1, "2 for pairs, 1 for words", "--min-frequency", "--min-count"));
        _coverage = Flags.Add(Make.Number("--character-coverage", "SHARE", "bpe and unigram: the share of the text's characters that become pieces; the rest is spelled in bytes, or unknown", 0, 1, 0.9999));
        _noBytes = Flags.Add(Make.Switch("--no-byte-fallback", "bpe and unigram: characters that are no pieces become <unk> instead of bytes"));
        _normalizer = Flags.Add(Make.TextOr("--normalizer", "NAMES", "none", "what is done to the text first, with commas between: nfc, nfd, nfkc, nfkd, lowercase, strip, collapse-whitespace, strip-accents; of unigram one of SentencePiece's rules: nmt_nfkc (default), nfkc, identity"));
        _special = Flags.Add(Make.Texts("--special", "PIECE", "one more special piece after <pad> <s> </s> <unk> (wordpiece: [PAD] [CLS] [SEP] [UNK] [MASK]; byte-bpe has <|endoftext|>)", "--control-symbols"));
        _symbols = Flags.Add(Make.Texts("--user-defined-symbols", "PIECE", "unigram: a string of the text that is a piece wherever it stands, never cut, changed or joined to others"));
        _threads = Flags.Add(MachineFlags.Threads());
    }

    public override string Description => "Writes a tokenizer.json that Hugging Face's tokenizers can read too. For one vocabulary over two languages, name the files of both.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid tokenizer train train.en train.de --vocabulary-size 8000 --output tokenizer.json", "one BPE vocabulary for both languages"),
        new("pellucid tokenizer train train.es --type unigram -o spanish.model", "a unigram model that SentencePiece reads as well"),
        new("pellucid tokenizer train train.tsv --type word --minimum-count 2 -o words.json", "whole words that occur at least twice"),
    ];

    public override int Run(Call call)
    {
        var output = call.Need(_output);
        CheckOutput(output, call.Get(_type));
        var rules = call.Get(_normalizer) ?? "nmt_nfkc";
        if (call.Get(_type) == "unigram" && rules != "identity" && Path.GetExtension(output) is not (".model" or ".spm"))
            throw new UsageException($"SentencePiece's rules '{rules}' have no form in a tokenizer.json that gives the same ids: write a .model, or say {_normalizer.Name} identity");
        MachineFlags.Apply(call, _threads);
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
        var type = call.Get(_type);
        if (type is not ("bpe" or "unigram"))
            foreach (var flag in new IFlag[] { _coverage, _noBytes })
                if (call.Parsed(flag)) throw new UsageException($"{flag.Name} is for --type bpe and unigram");
        if (type != "unigram" && call.Has(_symbols)) throw new UsageException($"{_symbols.Name} is for --type unigram; {_special.Name} adds pieces that no text has");
        if (type == "unigram" && call.Has(_minimum)) throw new UsageException($"{_minimum.Name} is not for --type unigram, which counts nothing by itself");
        using var progress = new TokenizerProgress(call.Terminal);
        return type switch
        {
            "bpe" => BpeTrainer.Train(lines, new()
            {
                VocabularySize = call.Get(_size), MinimumPairCount = call.Get(_minimum) ?? 2, CharacterCoverage = call.Get(_coverage), ByteFallback = !call.Get(_noBytes),
                Normalizer = Normalization(call) ?? Normalizer.None, SpecialTokens = Special(call), Threads = Threading.Count,
            }, progress, call.Cancellation),
            "unigram" => UnigramTrainer.Train(lines, new()
            {
                VocabularySize = call.Get(_size), CharacterCoverage = call.Get(_coverage), ByteFallback = !call.Get(_noBytes),
                NormalizationRules = call.Get(_normalizer) ?? "nmt_nfkc", UserDefinedSymbols = call.Get(_symbols), SpecialTokens = Special(call),
                Threads = Threading.Count,
            }, progress, call.Cancellation),
            "wordpiece" => WordPieceTrainer.Train(lines, WordPiece(call), progress, call.Cancellation),
            "byte-bpe" => ByteBpeTrainer.Train(lines, new()
            {
                VocabularySize = call.Get(_size), MinimumPairCount = call.Get(_minimum) ?? 2, Normalizer = Normalization(call) ?? Normalizer.None,
                SpecialTokens = SpecialTokens.None with { EndOfSentence = "<|endoftext|>", Additional = call.Get(_special) }, Threads = Threading.Count,
            }, progress, call.Cancellation),
            _ => WordTrainer.Train(lines, (type == "char" ? WordTrainerOptions.Characters : new()) with
            {
                VocabularySize = call.Get(_size), MinimumCount = call.Get(_minimum) ?? 1, Normalizer = Normalization(call) ?? Normalizer.None, SpecialTokens = Special(call),
                Threads = Threading.Count,
            }, progress, call.Cancellation),
        };
    }

    /// <summary>Before the work, not after it.</summary>
    private static void CheckOutput(string output, string type)
    {
        var wanted = Path.GetExtension(output) switch
        {
            ".model" or ".spm" => "unigram",
            ".tiktoken" => "byte-bpe",
            ".txt" => "wordpiece",
            _ => type,
        };
        if (wanted != type) throw new UsageException($"a {Path.GetExtension(output)} file holds a tokenizer of --type {wanted}; for {type} write a .json");
        if (Directory.Exists(output)) throw new FailureException($"{output}: is a folder; name the file to write");
        if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } folder && !Directory.Exists(folder)) throw new FailureException($"{output}: there is no folder {folder}");
    }

    private SpecialTokens Special(Call call) => new() { Additional = call.Get(_special) };

    private Normalizer? Normalization(Call call) => call.Get(_normalizer) is { } names ? Normalizer.Parse(names) : null;

    private WordPieceTrainerOptions WordPiece(Call call)
    {
        var options = new WordPieceTrainerOptions { VocabularySize = call.Get(_size), MinimumPairCount = call.Get(_minimum) ?? 2, Threads = Threading.Count };
        return options with
        {
            Normalizer = Normalization(call) ?? options.Normalizer,
            SpecialTokens = options.SpecialTokens with { Additional = [.. options.SpecialTokens.Additional, .. call.Get(_special)] },
        };
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
