namespace Pellucid.Models.Generation;

/// <summary>
/// How hypotheses of different lengths compare: score = log P(Y|X) / penalty(|Y|), where |Y| counts the end token. A closed family; Alpha is at least 0.
/// </summary>
public abstract record LengthPenalty
{
    private LengthPenalty()
    {
    }

    /// <summary>1: the plain log-probability, which favours short hypotheses.</summary>
    public sealed record None : LengthPenalty;

    /// <summary>|Y|^Alpha: with Alpha 1 the mean log-probability per token, as fairseq's lenpen and Marian's normalize.</summary>
    public sealed record Average(double Alpha = 1) : LengthPenalty;

    /// <summary>((5 + |Y|) / 6)^Alpha: Wu et al. 2016, "Google's Neural Machine Translation System", equation 14.</summary>
    public sealed record Gnmt(double Alpha = 0.6) : LengthPenalty;

    /// <summary>The divisor for a hypothesis of this many tokens, the end token included.</summary>
    public double Of(int length) => this switch
    {
        Average average => Math.Pow(length, average.Alpha),
        Gnmt gnmt => Math.Pow((5 + length) / 6.0, gnmt.Alpha),
        _ => 1,
    };

    internal void Check()
    {
        double alpha = this switch { Average average => average.Alpha, Gnmt gnmt => gnmt.Alpha, _ => 0 };
        if (!(alpha >= 0) || double.IsInfinity(alpha))
            throw new ArgumentOutOfRangeException(nameof(LengthPenalty), alpha, "the length penalty's Alpha must be a number of at least 0.");
    }
}

/// <summary>A number of target tokens that may grow with the source: <c>floor(Factor * S) + Constant</c> (fairseq's max-len-a and max-len-b).</summary>
public readonly record struct LengthLimit(double Factor, int Constant)
{
    /// <summary>The same for every source.</summary>
    public static LengthLimit Absolute(int length) => new(0, length);

    /// <summary>The limit for a source of <paramref name="sourceLength"/> tokens, at least 0.</summary>
    public int For(int sourceLength) => (int)Math.Clamp(Math.Floor(Factor * sourceLength) + Constant, 0, int.MaxValue);
}
