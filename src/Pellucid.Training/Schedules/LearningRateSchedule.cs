namespace Pellucid.Training.Schedules;

/// <summary>
/// The learning rate of every step. A closed family: <see cref="Noam"/>, <see cref="InverseSquareRoot"/>, <see cref="Cosine"/>, <see cref="Constant"/>.
/// All rise linearly during the warm-up; n counts steps from 1, and step 0 has the rate 0.
/// </summary>
public abstract record LearningRateSchedule
{
    private protected LearningRateSchedule(long warmUp) => WarmUp = warmUp >= 0
        ? warmUp
        : throw new ArgumentOutOfRangeException(nameof(warmUp), warmUp, "a warm-up cannot take a negative number of steps.");

    /// <summary>W: the number of steps during which the rate rises; 0 or 1 begins at the peak.</summary>
    public long WarmUp { get; }

    /// <summary>The rate of step n.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return step == 0 ? 0 : Rate(step);
    }

    private protected abstract double Rate(long n);

    private protected static double Positive(double value, string name) => value > 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive and finite.");

    private protected static double NotNegative(double value, string name) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must not be negative.");
}

/// <summary><c>factor · D^-0.5 · min(n^-0.5, n · W^-1.5)</c> (Vaswani et al. 2017, equation 3). The peak, at step W, is <c>factor / √(D W)</c>.</summary>
public sealed record Noam(int Width, long WarmUp, double Factor = 1) : LearningRateSchedule(Math.Max(WarmUp, 1))
{
    public int Width { get; } = (int)Positive(Width, nameof(Width));
    public double Factor { get; } = Positive(Factor, nameof(Factor));

    private protected override double Rate(long n) => Factor * Math.Pow(Width, -0.5) * Math.Min(Math.Pow(n, -0.5), n * Math.Pow(base.WarmUp, -1.5));
}

/// <summary><c>peak · min(n / W, √(W / n))</c>: the same curve with its peak as the setting (fairseq's inverse_sqrt).</summary>
public sealed record InverseSquareRoot(double Peak, long WarmUp) : LearningRateSchedule(Math.Max(WarmUp, 1))
{
    public double Peak { get; } = Positive(Peak, nameof(Peak));

    private protected override double Rate(long n) => Peak * Math.Min(n / (double)base.WarmUp, Math.Sqrt(base.WarmUp / (double)n));
}

/// <summary>
/// Up to W: <c>peak · n / W</c>; then <c>minimum + (peak - minimum) · (1 + cos(π · min(1, (n - W) / (steps - W)))) / 2</c>
/// (Loshchilov and Hutter 2017, equation 5, without restarts).
/// </summary>
public sealed record Cosine(double Peak, long WarmUp, long Steps, double Minimum = 0) : LearningRateSchedule(WarmUp)
{
    public double Peak { get; } = Positive(Peak, nameof(Peak));
    public double Minimum { get; } = NotNegative(Minimum, nameof(Minimum));
    public long Steps { get; } = Steps > WarmUp
        ? Steps
        : throw new ArgumentOutOfRangeException(nameof(Steps), Steps, $"a cosine of {Steps} steps has nothing left after a warm-up of {WarmUp}.");

    private protected override double Rate(long n) => n <= base.WarmUp
        ? Peak * n / base.WarmUp
        : Minimum + (Peak - Minimum) * (1 + Math.Cos(Math.PI * Math.Min(1.0, (n - base.WarmUp) / (double)(Steps - base.WarmUp)))) / 2;
}

/// <summary><c>peak · min(1, n / W)</c>.</summary>
public sealed record Constant(double Peak, long WarmUp = 0) : LearningRateSchedule(WarmUp)
{
    public double Peak { get; } = Positive(Peak, nameof(Peak));

    private protected override double Rate(long n) => base.WarmUp == 0 ? Peak : Peak * Math.Min(1.0, n / (double)base.WarmUp);
}
