using System.Globalization;
using Pellucid.Models.Architectures;
using Pellucid.Models.Generation;
using Pellucid.Tensors;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// Decoding: a model of random weights reads sentences of 20 tokens and is made to write exactly 20 for each, so that the work depends on the shape alone.
/// The rate counts the tokens of the best hypotheses. Limit: reading the decoder's weights at every step and the encoder's once, or the multiply-adds
/// of all rows, whichever takes longer.
/// </summary>
internal sealed class Translating : Workload
{
    private const int SourceLength = 20; // the end token included
    private const int TargetLength = 20; // the end token not counted; it takes a step of its own
    private const int Most = 1024;

    private static readonly Dictionary<string, TransformerConfig> Shapes = new()
    {
        ["tiny"] = TransformerConfig.Tiny with { VocabularySize = 8000 },
        ["small"] = TransformerConfig.Small with { VocabularySize = 8000 },
        ["base"] = TransformerConfig.Base with { VocabularySize = 32000 },
    };

    /// <summary>The last model, as long as the collector leaves it: the next workload mostly wants the same.</summary>
    private static readonly WeakReference<Transformer?> LastModel = new(null);
    private static (string, Precision) lastOf;

    private readonly string _name;
    private readonly Precision _precision;
    private readonly int _sentences;
    private readonly int _beam;
    private readonly DecodingOptions _options;
    private Transformer? _model;
    private int[][] _sources = [];

    private Translating(string name, int sentences, int beam, Precision precision)
    {
        (_name, _sentences, _beam, _precision) = (name, sentences, beam, precision);
        _options = new()
        {
            Search = beam == 1 ? new Search.Greedy() : new Search.Beam(beam),
            MinimumLength = new(0, TargetLength),
            MaximumLength = new(0, TargetLength),
        };
    }

    public static IReadOnlyCollection<string> Names => Shapes.Keys;

    public override string Bench => "translate";

    public override string Shape => string.Create(CultureInfo.InvariantCulture, $"{_name}:{_sentences}x{_beam}");

    public override string Precision => Precisions.NameOf(_precision);

    public override string Unit => "tokens/s";

    public override double Amount => _sentences * TargetLength;

    public override TimeSpan Duration => TimeSpan.FromMilliseconds(150);

    public override int Repeats => 9;

    private TransformerConfig Config => Shapes[_name];

    /// <summary><c>NAME</c> or <c>NAME:SENTENCESxBEAM</c>; the name alone is 1 and 32 sentences with beams of 1 and 4.</summary>
    /// <exception cref="FormatException">The text is no such shape; the message says what one looks like.</exception>
    public static IReadOnlyList<Translating> Parse(string text, Precision precision)
    {
        var parts = text.Split(':');
        if (Shapes.ContainsKey(parts[0]))
        {
            if (parts.Length == 1) return [.. from sentences in new[] { 1, 32 } from beam in new[] { 1, 4 } select new Translating(text, sentences, beam, precision)];
            if (parts.Length == 2 && parts[1].Split('x') is [var first, var second] && Number(first, out var rows) && Number(second, out var width)) return [new(parts[0], rows, width, precision)];
        }
        throw new FormatException($"'{text}' is no translating; it is written NAME or NAME:SENTENCESxBEAM with a name of {string.Join(", ", Names)}, at most {Most} of each: base:32x4");

        static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= Most;
    }

    public override void Prepare()
    {
        if (lastOf != (_name, _precision) || !LastModel.TryGetTarget(out _model))
        {
            _model = Transformer.Create(Config, new Rng(1));
            _model.Prepare(_precision);
        }
        LastModel.SetTarget(_model);
        lastOf = (_name, _precision);
        var rng = new Rng(2);
        var next = 0UL;
        _sources = [.. Enumerable.Range(0, _sentences).Select(_ => (int[])[.. Enumerable.Range(1, SourceLength - 1).Select(_ => 3 + rng.Below(Config.VocabularySize - 3, next++)), Config.EndId])];
    }

    public override void Run(CancellationToken cancellation) => Generator.Generate(_model!, _sources, _options, cancellation: cancellation);

    public override Limit? LimitOf(Peaks peaks)
    {
        const int Steps = TargetLength + 1;
        var reading = TransformerWork.DecodingReads(Config, Steps) * Precisions.BytesOf(_precision) / (peaks.Gigabytes * 1e9);
        var products = Precisions.ProductsOf(_precision, peaks);
        var computing = TransformerWork.DecodingFlops(Config, _sentences, _beam, SourceLength, Steps) / (products.Value * 1e9);
        return reading >= computing ? new(Amount / reading, "memory read") : new(Amount / computing, products.Name);
    }

    public override IEnumerable<Figure> Figures(Costs costs) => [new("allocated_bytes", costs.Allocated, $"{Amounts.Bytes(costs.Allocated)} allocated a call")];

    public override void Dispose() => (_model, _sources) = (null, []);
}
