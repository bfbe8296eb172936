namespace Pellucid.Explain.Calculators;

/// <summary>A part of a sum: what it is, its formula in the letters of docs/notation.md, and its value.</summary>
public sealed record CostPart(string Name, string Formula, double Value);

/// <summary>What a model of a plan has and needs: parameters, multiplications and additions for a token, bytes. Every figure is a sum of parts with their formulas.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Length">Tokens of the source, and of the target: S = T.</param>
/// <param name="Parameters">By part of the model; together all weights.</param>
/// <param name="SourceToken">Floating point operations of the forward pass for one more source token of a text of that length.</param>
/// <param name="TargetToken">The same for one target token.</param>
/// <param name="Memory">In bytes.</param>
public sealed record ModelCost(
    ModelPlan Plan, int Length, IReadOnlyList<CostPart> Parameters, IReadOnlyList<CostPart> SourceToken, IReadOnlyList<CostPart> TargetToken, IReadOnlyList<CostPart> Memory)
{
    /// <summary>A backward pass costs about two forward passes (Kaplan et al. 2020, section 2.1): a training step three.</summary>
    public const int TrainingFactor = 3;

    /// <summary>All weights.</summary>
    public long ParameterCount => (long)Parameters.Sum(part => part.Value);

    /// <summary>Counts. One multiplication with one addition is two operations; norms, activations and softmax are left out, being less than a hundredth.</summary>
    /// <exception cref="ArgumentException">The plan makes no model, or the length is not positive.</exception>
    public static ModelCost Of(ModelPlan plan, int length = 1)
    {
        plan.Validate();
        if (length is < 1 or > 100_000_000)
            throw new ArgumentException(FormattableString.Invariant($"length must lie in 1..100000000, got {length}."));
        var parameters = ParametersOf(plan);
        double count = parameters.Sum(part => part.Value);
        return new ModelCost(plan, length, parameters, SourceOf(plan, length), TargetOf(plan, length), MemoryOf(plan, length, count));
    }

    private static List<CostPart> ParametersOf(ModelPlan p)
    {
        double V = p.VocabularySize, D = p.Width, F = p.HiddenWidth;
        double attention = 4 * D * D + 4 * D, feedForward = 2 * D * F + F + D, norm = 2 * D;
        var parts = new List<CostPart>();
        Add("embedding", "V D", V * D);
        if (p.VocabularyMatrices > 1)
            Add("source_embedding", "V D", (p.SourceVocabularySize ?? p.VocabularySize) * D);
        if (p.VocabularyMatrices > 2)
            Add("output", "V D", V * D);
        Add("positions", $"{p.PositionRows} D", p.PositionRows * D);
        Add("segments", $"{p.SegmentRows} D", p.SegmentRows * D);
        Add("encoder.self_attention", "L (4 D² + 4 D)", p.EncoderLayers * attention);
        Add("encoder.feed_forward", "L (2 D F + F + D)", p.EncoderLayers * feedForward);
        Add("encoder.norms", "L · 2 · 2 D", p.EncoderLayers * 2 * norm);
        Add("decoder.self_attention", "L (4 D² + 4 D)", p.DecoderLayers * attention);
        if (p.HasCrossAttention)
            Add("decoder.cross_attention", "L (4 D² + 4 D)", p.DecoderLayers * attention);
        Add("decoder.feed_forward", "L (2 D F + F + D)", p.DecoderLayers * feedForward);
        Add("decoder.norms", p.HasCrossAttention ? "L · 3 · 2 D" : "L · 2 · 2 D", p.DecoderLayers * (p.HasCrossAttention ? 3 : 2) * norm);
        Add("outer_norms", $"{p.OuterNorms} · 2 D", p.OuterNorms * norm);
        if (p.Pooler)
            Add("pooler", "D² + D", D * D + D);
        return parts;

        void Add(string name, string formula, double value)
        {
            if (value > 0)
                parts.Add(new CostPart(name, formula, value));
        }
    }

    /// <summary>An encoder's token, and what the decoder keeps of it: its keys and values.</summary>
    private static List<CostPart> SourceOf(ModelPlan p, int length)
    {
        double D = p.Width, F = p.HiddenWidth, S = length, L = p.EncoderLayers;
        var parts = new List<CostPart>();
        if (L == 0)
            return parts;
        parts.Add(new("encoder.projections", "L · 2 · 4 D²", L * 8 * D * D));
        parts.Add(new("encoder.attention", "L · 2 · 2 S D", L * 4 * S * D));
        parts.Add(new("encoder.feed_forward", "L · 2 · 2 D F", L * 4 * D * F));
        if (p.HasCrossAttention)
            parts.Add(new("decoder.cross_attention.keys_and_values", "L · 2 · 2 D²", p.DecoderLayers * 4 * D * D));
        else if (p.HasOutput)
            parts.Add(new("output", "2 V D", 2 * p.VocabularySize * D));
        return parts;
    }

    private static List<CostPart> TargetOf(ModelPlan p, int length)
    {
        double D = p.Width, F = p.HiddenWidth, T = length, L = p.DecoderLayers;
        var parts = new List<CostPart>();
        if (L == 0)
            return parts;
        parts.Add(new("decoder.projections", "L · 2 · 4 D²", L * 8 * D * D));
        parts.Add(new("decoder.attention", "L · 2 · 2 T D", L * 4 * T * D));
        if (p.HasCrossAttention)
        {
            parts.Add(new("decoder.cross_attention.projections", "L · 2 · 2 D²", L * 4 * D * D));
            parts.Add(new("decoder.cross_attention", "L · 2 · 2 S D", L * 4 * T * D));
        }
        parts.Add(new("decoder.feed_forward", "L · 2 · 2 D F", L * 4 * D * F));
        if (p.HasOutput)
            parts.Add(new("output", "2 V D", 2 * p.VocabularySize * D));
        return parts;
    }

    private static List<CostPart> MemoryOf(ModelPlan p, int length, double count)
    {
        double D = p.Width, L = p.DecoderLayers;
        var parts = new List<CostPart>
        {
            new("weights.float32", "4 N", 4 * count),
            new("weights.bfloat16", "2 N", 2 * count),
            new("weights.int8", "N", count),
            new("training.adam", "(4 + 4 + 8) N", 16 * count), // weights, gradients, two moments
        };
        if (L > 0)
            parts.Add(new("cache.self_attention", "2 L T D · 4", 8 * L * length * D));
        if (p.HasCrossAttention)
            parts.Add(new("cache.cross_attention", "2 L S D · 4", 8 * L * length * D));
        return parts;
    }
}
