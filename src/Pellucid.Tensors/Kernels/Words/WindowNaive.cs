namespace Pellucid.Tensors.Kernels;

/// <summary>The plain statement of <see cref="WindowStep"/> in double precision: its documentation and its oracle.</summary>
internal static class WindowNaive
{
    /// <summary>One window: which rows it reads, how each target, all different, should be answered, and how much each counts.</summary>
    internal readonly record struct Window(int[] Inputs, int[] Targets, float[] Labels, float[] Weights);

    /// <summary>Makes the step of a batch of windows: the products are those of the rows as they were before it, the changes follow one another.</summary>
    /// <param name="input">[rows, D], changed in place.</param>
    /// <param name="target">[rows, D], changed in place.</param>
    public static void Run(WindowKind kind, IReadOnlyList<Window> windows, double rate, double[] input, double[] target, int D)
    {
        var factors = windows.Select(window => kind == WindowKind.SkipGram
            ? window.Inputs.Select(c => Factors(window, rate, input.AsSpan(c * D, D), target, D)).ToArray()
            : [Factors(window, rate, Mean(window, kind, input, D), target, D)]).ToList();
        for (int w = 0; w < windows.Count; w++)
            if (kind == WindowKind.SkipGram) SkipGram(windows[w], factors[w], input, target, D);
            else Words(windows[w], kind, factors[w][0], input, target, D);
    }

    // Eight targets at a time, input after input.
    private static void SkipGram(Window window, double[][] g, double[] input, double[] target, int D)
    {
        for (int first = 0; first < window.Targets.Length; first += WindowBatch.Block)
            for (int c = 0; c < window.Inputs.Length; c++)
            {
                var x = input.AsSpan(window.Inputs[c] * D, D);
                double[] before = x.ToArray();
                for (int n = first; n < Math.Min(first + WindowBatch.Block, window.Targets.Length); n++)
                    for (int d = 0; d < D; d++)
                    {
                        ref double t = ref target[window.Targets[n] * D + d];
                        x[d] += g[c][n] * t;
                        t += g[c][n] * before[d];
                    }
            }
    }

    private static void Words(Window window, WindowKind kind, double[] g, double[] input, double[] target, int D)
    {
        double[] h = Mean(window, kind, input, D), dh = new double[D];
        for (int n = 0; n < window.Targets.Length; n++)
            for (int d = 0; d < D; d++)
            {
                ref double t = ref target[window.Targets[n] * D + d];
                dh[d] += g[n] * t;
                t += g[n] * h[d];
            }
        foreach (int c in window.Inputs)
            for (int d = 0; d < D; d++) input[c * D + d] += dh[d];
    }

    /// <summary>The mean of the inputs, or their sum.</summary>
    private static double[] Mean(Window window, WindowKind kind, double[] input, int D)
    {
        double[] h = new double[D];
        foreach (int c in window.Inputs)
            for (int d = 0; d < D; d++) h[d] += input[c * D + d] / (kind == WindowKind.MeanOfWords ? window.Inputs.Length : 1);
        return h;
    }

    /// <summary>rate · weight · (label - σ(x·t)) for each target.</summary>
    private static double[] Factors(Window window, double rate, ReadOnlySpan<double> x, double[] target, int D)
    {
        double[] g = new double[window.Targets.Length];
        for (int n = 0; n < g.Length; n++)
        {
            double dot = 0;
            for (int d = 0; d < D; d++) dot += x[d] * target[window.Targets[n] * D + d];
            g[n] = rate * window.Weights[n] * (window.Labels[n] - 1 / (1 + Math.Exp(-dot)));
        }
        return g;
    }
}
