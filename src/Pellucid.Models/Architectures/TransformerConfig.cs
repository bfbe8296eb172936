using Pellucid.Models.Blocks;
using Pellucid.Models.Positions;

namespace Pellucid.Models.Architectures;

/// <summary>How token positions enter the model.</summary>
public enum PositionKind
{
    /// <summary>Sines and cosines, interleaved as in the paper.</summary>
    Sinusoidal,

    /// <summary>Sines and cosines, all sines first.</summary>
    SinusoidalConcatenated,

    /// <summary>A learned vector for each position.</summary>
    Learned,
}

/// <summary>Which embedding matrices are one and the same.</summary>
public enum EmbeddingTying
{
    /// <summary>Source, target and output share one matrix (needs a joint vocabulary).</summary>
    All,

    /// <summary>Target and output share one matrix, the source has its own.</summary>
    TargetAndOutput,

    /// <summary>Three matrices.</summary>
    None,
}

/// <summary>
/// Everything that decides what a Transformer is. Immutable; presets are derived with <c>with</c>:
/// <c>TransformerConfig.Small with { VocabularySize = 6000, Dropout = 0.2f }</c>.
/// </summary>
public sealed record TransformerConfig
{
    /// <summary>V of the target, and of the source unless <see cref="SourceVocabularySize"/> says otherwise.</summary>
    public int VocabularySize { get; init; } = 8000;

    /// <summary>V of the source; null: the same vocabulary.</summary>
    public int? SourceVocabularySize { get; init; }

    /// <summary>D.</summary>
    public int Width { get; init; } = 256;

    /// <summary>H.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>F.</summary>
    public int HiddenWidth { get; init; } = 1024;

    public int EncoderLayers { get; init; } = 3;
    public int DecoderLayers { get; init; } = 3;

    /// <summary>The longest sequence in tokens, begin and end marks included.</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>Dropout after the embeddings and on every sublayer's output (Vaswani et al. 2017, section 5.4).</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>Dropout on the attention probabilities.</summary>
    public float AttentionDropout { get; init; }

    /// <summary>Dropout after the feed-forward activation.</summary>
    public float ActivationDropout { get; init; }

    public Activation Activation { get; init; } = Activation.Relu;
    public NormPlacement Norm { get; init; } = NormPlacement.After;
    public PositionKind Positions { get; init; } = PositionKind.Sinusoidal;
    public EmbeddingTying Tying { get; init; } = EmbeddingTying.All;

    public int PaddingId { get; init; }
    public int BeginId { get; init; } = 1;
    public int EndId { get; init; } = 2;

    /// <summary>K = D / H.</summary>
    public int HeadWidth => Width / Heads;

    /// <summary>The size of the textbook example: D=6, H=2.</summary>
    public static TransformerConfig Tutorial { get; } = new() { Width = 6, Heads = 2, HiddenWidth = 12, EncoderLayers = 1, DecoderLayers = 1, MaxLength = 64, Dropout = 0 };

    public static TransformerConfig Tiny { get; } = new() { Width = 128, Heads = 4, HiddenWidth = 256, EncoderLayers = 4, DecoderLayers = 4 };
    public static TransformerConfig Small { get; } = new() { Width = 256, Heads = 8, HiddenWidth = 1024, EncoderLayers = 3, DecoderLayers = 3 };

    /// <summary>The base model of Vaswani et al. 2017, table 3.</summary>
    public static TransformerConfig Base { get; } = new() { Width = 512, Heads = 8, HiddenWidth = 2048, EncoderLayers = 6, DecoderLayers = 6, VocabularySize = 32000 };

    /// <summary>The big model of Vaswani et al. 2017, table 3.</summary>
    public static TransformerConfig Big { get; } = Base with { Width = 1024, Heads = 16, HiddenWidth = 4096, Dropout = 0.3f };

    /// <summary>The presets by name.</summary>
    public static IReadOnlyDictionary<string, TransformerConfig> Presets { get; } = new Dictionary<string, TransformerConfig>
    {
        ["tutorial"] = Tutorial,
        ["tiny"] = Tiny,
        ["small"] = Small,
        ["base"] = Base,
        ["big"] = Big,
    };

    internal SinusoidLayout SinusoidLayout => Positions == PositionKind.SinusoidalConcatenated ? SinusoidLayout.Concatenated : SinusoidLayout.Interleaved;

    /// <summary>Checks that the numbers make a model.</summary>
    /// <exception cref="ArgumentException">They do not; the message names the setting.</exception>
    public TransformerConfig Validate()
    {
        Positive(VocabularySize, nameof(VocabularySize));
        Positive(SourceVocabularySize ?? 1, nameof(SourceVocabularySize));
        Positive(Width, nameof(Width));
        Positive(Heads, nameof(Heads));
        Positive(HiddenWidth, nameof(HiddenWidth));
        Positive(EncoderLayers, nameof(EncoderLayers));
        Positive(DecoderLayers, nameof(DecoderLayers));
        Positive(MaxLength, nameof(MaxLength));
        Probability(Dropout, nameof(Dropout));
        Probability(AttentionDropout, nameof(AttentionDropout));
        Probability(ActivationDropout, nameof(ActivationDropout));
        if (Width % Heads != 0)
            throw new ArgumentException($"Width {Width} cannot be split over {Heads} heads; choose a Width that is a multiple of Heads.");
        if (Tying == EmbeddingTying.All && SourceVocabularySize is { } source && source != VocabularySize)
            throw new ArgumentException($"Tying All shares one matrix, but the source vocabulary has {source} entries and the target {VocabularySize}; use a joint vocabulary or Tying TargetAndOutput.");
        foreach (var (id, name) in new[] { (PaddingId, nameof(PaddingId)), (BeginId, nameof(BeginId)), (EndId, nameof(EndId)) })
            if (id < 0 || id >= VocabularySize)
                throw new ArgumentException($"{name} {id} lies outside the vocabulary of {VocabularySize}.");
        if (EndId == PaddingId)
            throw new ArgumentException($"EndId and PaddingId are both {EndId}: padding is left out of the loss, so the model would never learn to stop.");
        return this;
    }

    private static void Positive(int value, string name)
    {
        if (value < 1)
            throw new ArgumentException($"{name} must be at least 1, got {value}.");
    }

    private static void Probability(float value, string name)
    {
        if (!(value >= 0 && value < 1))
            throw new ArgumentException(FormattableString.Invariant($"{name} must be at least 0 and below 1, got {value}."));
    }
}
