using Pellucid.Bench.Peers;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// Training a tokenizer of 32,000 pieces on the lines of a text, with what threads the machine has; or encoding these lines with it, one after the other on one thread. No limit of a machine says how fast either could be.
/// </summary>
internal sealed class Tokenizing : Workload
{
    private const int Pieces = 32_000;

    private static readonly Dictionary<string, Kind> Kinds = new(StringComparer.Ordinal)
    {
        ["bpe"] = new((lines, stop) => BpeTrainer.Train(lines, new() { VocabularySize = Pieces }, null, stop),
            "--model_type=bpe --normalization_rule_name=identity --remove_extra_whitespaces=false --character_coverage=0.9999 --byte_fallback=true"),
        ["unigram"] = new((lines, stop) => UnigramTrainer.Train(lines, new() { VocabularySize = Pieces }, null, stop), "--model_type=unigram"),
        ["byte-bpe"] = new((lines, stop) => ByteBpeTrainer.Train(lines, new() { VocabularySize = Pieces }, null, stop), null),
    };

    private readonly LineText _text;
    private readonly string _kind;
    private readonly bool _trains;
    private Tokenizer? _tokenizer;
    private long _ids;

    /// <exception cref="FormatException">There is no such tokenizer, or nothing of this name is done with it.</exception>
    public Tokenizing(string shape, LineText text)
    {
        if (!Names.Contains(shape, StringComparer.Ordinal)) throw new FormatException($"there is no tokenizer '{shape}' (there is: {string.Join(", ", Names)})");
        (_text, _kind, _trains) = (text, shape.Split(':')[0], shape.EndsWith(":train", StringComparison.Ordinal));
        Shape = $"{shape}:{text.Name}";
    }

    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Keys.SelectMany(kind => (string[])[$"{kind}:encode", $"{kind}:train"])];

    public override string Bench => "tokenizer";

    public override string Shape { get; }

    public override string Precision => "text";

    public override string Unit => "MB/s";

    public override double Amount => _text.Bytes / 1e6;

    public override TimeSpan Duration => TimeSpan.FromMilliseconds(1); // one pass

    public override int Repeats => _trains ? 3 : 7;

    public override PeerTask? Peer => Kinds[_kind].PeerFlags is not { } flags ? null : new(_trains ? "train" : "encode", new Dictionary<string, int> { ["pieces"] = Pieces })
    {
        Library = "SentencePiece", Texts = new Dictionary<string, string> { ["flags"] = flags, ["text"] = _text.Beginning },
    };

    public override void Prepare()
    {
        _text.Prepare();
        if (!_trains) _tokenizer = Kinds[_kind].Train(_text.Lines, default);
    }

    public override void Run(CancellationToken cancellation)
    {
        if (_trains)
        {
            _tokenizer = Kinds[_kind].Train(_text.Lines, cancellation);
            return;
        }
        _ids = 0;
        foreach (string line in _text.Lines) _ids += _tokenizer!.EncodeToIds(line).Length;
        cancellation.ThrowIfCancellationRequested();
    }

    public override Limit? LimitOf(Peaks peaks) => null;

    public override IEnumerable<Figure> Figures(Costs costs)
    {
        yield return new("bytes", _text.Bytes, $"{Amounts.Bytes(_text.Bytes)} of text");
        yield return new("pieces", _tokenizer!.VocabularySize, FormattableString.Invariant($"{_tokenizer.VocabularySize:N0} pieces"));
        yield return new("allocated_bytes", costs.Allocated, $"{Amounts.Bytes(costs.Allocated)} allocated");
        if (!_trains) yield return new("bytes_per_token", (double)_text.Bytes / _ids, $"{Amounts.Number((double)_text.Bytes / _ids)} bytes a token");
    }

    public override void Dispose() => _tokenizer = null;

    /// <param name="PeerFlags">What makes spm_train do the same; null where it cannot.</param>
    private sealed record Kind(Func<IEnumerable<string>, CancellationToken, Tokenizer> Train, string? PeerFlags);
}
