using Pellucid.Tensors;

namespace Pellucid.Bench.Workloads;

/// <summary>Numbers to compute with: uniform in [-1, 1), so that nothing overflows and nothing is subnormal.</summary>
internal static class Operands
{
    public static Tensor Random(ulong seed, Shape shape) => Tensor.From(Values(seed, shape.Count), shape);

    public static float[] Values(ulong seed, int count)
    {
        // xorshift64* (Vigna 2016); fast, since some operands have many millions of elements.
        var values = new float[count];
        var state = seed * 0x9E3779B97F4A7C15 + 1;
        for (var i = 0; i < count; i++)
        {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            values[i] = (int)((state * 0x2545F4914F6CDD1D) >> 32) / 2147483648f;
        }
        return values;
    }
}
