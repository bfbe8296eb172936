using Pellucid.Tensors;

namespace Pellucid.Tests;

/// <summary>Test data that speaks the domain: small, seeded, of sizes that all differ so that a swapped axis cannot pass.</summary>
internal static class Some
{
    internal const int B = 3, T = 5, S = 7, H = 2, K = 11, D = 22, F = 13, V = 17;

    /// <summary>Standard normal values, a function of the shape and the seed.</summary>
    internal static Tensor Tensor(Shape shape, ulong seed = 1)
    {
        var rng = new Rng(seed).Split(shape.ToString());
        float[] values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)rng.Normal((ulong)i);
        return Pellucid.Tensors.Tensor.From(values, shape);
    }

    /// <summary>Indices below a bound.</summary>
    internal static Indices Ids(Shape shape, int below = V, ulong seed = 1)
    {
        var rng = new Rng(seed).Split(shape.ToString()).Split("ids");
        int[] values = new int[shape.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = rng.Below(below, (ulong)i);
        return Indices.From(values, shape);
    }

    /// <summary>A sentence of ids without padding, begin or end marks.</summary>
    internal static int[] Sentence(int length, ulong seed = 1, int vocabulary = V) =>
        [.. Ids([length], vocabulary - 4, seed).Values.ToArray().Select(id => id + 4)];

    /// <summary>The bits of a tensor, for comparisons that forgive nothing.</summary>
    internal static int[] Bits(Tensor tensor) => [.. tensor.ToArray().Select(BitConverter.SingleToInt32Bits)];
}

/// <summary>For tests that look at something the whole process shares: nothing else runs meanwhile.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;
