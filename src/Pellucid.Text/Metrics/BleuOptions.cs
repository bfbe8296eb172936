namespace Pellucid.Text.Metrics;

/// <summary>The settings of BLEU; the defaults are sacreBLEU's.</summary>
public sealed record BleuOptions
{
    public BleuTokenizer Tokenizer { get; init; } = BleuTokenizer.V13a;

    public BleuSmoothing Smoothing { get; init; } = BleuSmoothing.Exponential;

    public bool Lowercase { get; init; }

    public EffectiveOrder EffectiveOrder { get; init; } = EffectiveOrder.ForSentences;

    /// <summary>The longest n-gram, 1 or more.</summary>
    public int MaxOrder { get; init; } = 4;
}

/// <summary>
/// When the geometric mean is taken over only those orders that the hypothesis is long enough to have.
/// Without it, BLEU of fewer than four words is 0.
/// </summary>
public enum EffectiveOrder
{
    /// <summary>For sentence scores but not for corpus scores, as sacreBLEU's command line does.</summary>
    ForSentences,
    Always,
    Never,
}

/// <summary>
/// What stands in for a precision of 0, whose logarithm is not defined (Chen and Cherry 2014, "A Systematic Comparison of
/// Smoothing Techniques for Sentence-Level BLEU"). The family is closed.
/// </summary>
public abstract record BleuSmoothing
{
    private BleuSmoothing()
    {
    }

    /// <summary>Method 3, NIST's: the k-th precision that is 0 becomes 1 / (2^k total).</summary>
    public static BleuSmoothing Exponential { get; } = new Exp();

    /// <summary>No smoothing: one precision of 0 makes the score 0.</summary>
    public static BleuSmoothing None { get; } = new NoSmoothing();

    /// <summary>Method 1: a count of 0 becomes <paramref name="count"/> (0.1 in the paper).</summary>
    public static BleuSmoothing Floor(double count = 0.1) => new FloorCount(Checked(count));

    /// <summary>Method 2: <paramref name="k"/> is added to counts and totals of all orders above 1.</summary>
    public static BleuSmoothing AddK(double k = 1) => new AddConstant(Checked(k));

    /// <summary>The smoothing called exp, floor, add-k or none, with a value where it takes one.</summary>
    /// <exception cref="ArgumentException">There is no such smoothing, or it takes no value.</exception>
    public static BleuSmoothing ByName(string name, double? value = null) => name switch
    {
        "exp" when value is null => Exponential,
        "none" when value is null => None,
        "floor" => value is { } count ? Floor(count) : Floor(),
        "add-k" => value is { } k ? AddK(k) : AddK(),
        "exp" or "none" => throw new ArgumentException($"BLEU smoothing '{name}' takes no value, but got {value}.", nameof(value)),
        _ => throw new ArgumentException($"There is no BLEU smoothing '{name}'; the names are exp, floor, add-k, none.", nameof(name)),
    };

    /// <summary>As signatures have it: exp, none, floor[0.10], add-k[1.00].</summary>
    public abstract string Name { get; }

    public sealed override string ToString() => Name;

    internal sealed record Exp : BleuSmoothing
    {
        public override string Name => "exp";
    }

    internal sealed record NoSmoothing : BleuSmoothing
    {
        public override string Name => "none";
    }

    internal sealed record FloorCount(double Count) : BleuSmoothing
    {
        public override string Name => $"floor[{PythonText.Fixed(Count, 2)}]";
    }

    internal sealed record AddConstant(double K) : BleuSmoothing
    {
        public override string Name => $"add-k[{PythonText.Fixed(K, 2)}]";
    }

    private static double Checked(double value) =>
        double.IsFinite(value) && value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A smoothing value is a finite number, 0 or more.");
}
