namespace Pellucid.Tensors.Kernels;

/// <summary>The plain statement of <see cref="WindowStep"/> in double precision: its documentation and its oracle.</summary>
internal static class WindowNaive
{
    /// <summary>One window: which rows it reads, and how each target should be answered.</summary>
    internal readonly record struct Window(int[] Inputs, int[] Targets, float[] Labels);

    /// <summary>Makes the step of all windows: each sees the rows as they were before any of them.</summary>
    /// <param name="input">[rows, D], changed in place.</param>
    /// <param name="target">[rows, D], changed in place.</param>
    public static void Run(WindowKind kind, IReadOnlyList<Window> windows, double rate, double[] input, double[] target, int D)
    {
        double[] x = [.. input], t = [.. target];
        foreach (var window in windows)
        {
            if (kind == WindowKind.SkipGram)
                foreach (int c in window.Inputs) SkipGram(window, x.AsSpan(c * D, D), t, rate, input.AsSpan(c * D, D), target, D);
            else if (window.Inputs.Length > 0)
                Words(window, x, t, rate, kind == WindowKind.MeanOfWords, input, target, D);
        }
    }

    private static void SkipGram(Window window, ReadOnlySpan<double> x, double[] t, double rate, Span<double> dx, double[] dt, int D)
    {
        for (int n = 0; n < window.Targets.Length; n++)
        {
            int row = window.Targets[n] * D;
            double g = Factor(window.Labels[n], x, t.AsSpan(row, D), rate);
            for (int d = 0; d < D; d++)
            {
                dx[d] += g * t[row + d];
                dt[row + d] += g * x[d];
            }
        }
    }

    private static void Words(Window window, double[] x, double[] t, double rate, bool isMean, double[] dx, double[] dt, int D)
    {
        double[] h = new double[D], dh = new double[D];
        foreach (int c in window.Inputs)
            for (int d = 0; d < D; d++) h[d] += x[c * D + d] / (isMean ? window.Inputs.Length : 1);
        for (int n = 0; n < window.Targets.Length; n++)
        {
            int row = window.Targets[n] * D;
            double g = Factor(window.Labels[n], h, t.AsSpan(row, D), rate);
            for (int d = 0; d < D; d++)
            {
                dh[d] += g * t[row + d];
                dt[row + d] += g * h[d];
            }
        }
        foreach (int c in window.Inputs)
            for (int d = 0; d < D; d++) dx[c * D + d] += dh[d];
    }

    /// <summary>rate · (label - σ(x·t)).</summary>
    private static double Factor(double label, ReadOnlySpan<double> x, ReadOnlySpan<double> t, double rate)
    {
        double dot = 0;
        for (int d = 0; d < x.Length; d++) dot += x[d] * t[d];
        return rate * (label - 1 / (1 + Math.Exp(-dot)));
    }
}
