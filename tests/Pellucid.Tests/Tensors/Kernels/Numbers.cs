using System.Runtime.InteropServices;
using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>Sample data, comparisons and central differences for kernel tests.</summary>
internal static class Numbers
{
    /// <summary>Lengths on both sides of every lane, register and tile boundary.</summary>
    public static readonly int[] AwkwardLengths = [1, 7, 15, 16, 17, 63, 64, 65, 257];

    public static float[] Normal(int n, ulong seed, float deviation = 1)
    {
        var x = new float[n];
        new Rng(seed).FillNormal(0, x, 0, deviation);
        return x;
    }

    public static double[] Doubles(ReadOnlySpan<float> x)
    {
        var y = new double[x.Length];
        for (int i = 0; i < x.Length; i++) y[i] = x[i];
        return y;
    }

    public static void Close(ReadOnlySpan<double> wanted, ReadOnlySpan<float> got, double tolerance)
    {
        Assert.Equal(wanted.Length, got.Length);
        for (int i = 0; i < got.Length; i++)
            if (!(Math.Abs(wanted[i] - got[i]) <= tolerance * (1 + Math.Abs(wanted[i]))))
                Assert.Fail($"element {i} of {got.Length}: wanted {wanted[i]:R}, got {got[i]:R}");
    }

    public static void SameBits(ReadOnlySpan<float> wanted, ReadOnlySpan<float> got) =>
        Assert.True(MemoryMarshal.AsBytes(wanted).SequenceEqual(MemoryMarshal.AsBytes(got)), "the bits differ");

    /// <summary>d loss / d x by central differences in double.</summary>
    public static double[] Slope(double[] x, Func<double[], double> loss, double step = 1e-5)
    {
        var slope = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double kept = x[i];
            x[i] = kept + step;
            double up = loss(x);
            x[i] = kept - step;
            slope[i] = (up - loss(x)) / (2 * step);
            x[i] = kept;
        }
        return slope;
    }

    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>What a kernel computes on one thread and on several.</summary>
    public static void SameOnAnyThreads(Func<float[]> compute)
    {
        int before = WorkerPool.Threads;
        try
        {
            WorkerPool.Threads = 1;
            var alone = compute();
            foreach (int threads in (int[])[2, 3, 8])
            {
                WorkerPool.Threads = threads;
                SameBits(alone, compute());
            }
        }
        finally
        {
            WorkerPool.Threads = before;
        }
    }
}
