using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class BroadcastTests
{
    private static readonly (int[] A, int[] B)[] Pairs =
    [
        ([3, 5], [3, 5]), ([3, 17], [17]), ([2, 3, 17], [3, 17]), ([2, 3, 17], [1, 17]), ([2, 3, 17], [3, 1]), ([2, 1, 5], [2, 4, 1]),
        ([1, 4], [3, 1]), ([2, 3, 4], []), ([], []), ([4, 1], [4, 33]), ([1], [2, 2]), ([2, 1, 3, 1], [5, 1, 18]), ([0, 3], [1, 3]),
    ];

    private static int Size(int[] shape) => shape.Aggregate(1, (a, b) => a * b);

    /// <summary>Where element i of the result reads the operand.</summary>
    private static int Source(int i, int[] shape, int[] operand)
    {
        int from = 0, stride = 1;
        for (int axis = 1; axis <= shape.Length; axis++)
        {
            int index = i % shape[^axis];
            i /= shape[^axis];
            if (axis > operand.Length) continue;
            from += operand[^axis] == 1 ? 0 : index * stride;
            stride *= operand[^axis];
        }
        return from;
    }

    [Fact]
    public void OperandsRepeatAsInNumPy()
    {
        foreach (var (sa, sb) in Pairs)
        {
            var shape = Broadcast.Shape(sa, sb);
            float[] a = Numbers.Normal(Size(sa), 1), b = Numbers.Normal(Size(sb), 2), y = new float[Size(shape)];
            Broadcast.Add(a, sa, b, sb, y);
            for (int i = 0; i < y.Length; i++) Assert.Equal(a[Source(i, shape, sa)] + b[Source(i, shape, sb)], y[i]);
            Broadcast.Multiply(a, sa, b, sb, y);
            for (int i = 0; i < y.Length; i++) Assert.Equal(a[Source(i, shape, sa)] * b[Source(i, shape, sb)], y[i]);
            Broadcast.Subtract(b, sb, a, sa, y);
            for (int i = 0; i < y.Length; i++) Assert.Equal(b[Source(i, shape, sb)] - a[Source(i, shape, sa)], y[i]);
        }
    }

    [Fact]
    public void GradientsComeBackToTheShapeTheyLeft()
    {
        foreach (var (sa, sb) in Pairs)
        {
            var shape = Broadcast.Shape(sa, sb);
            var g = Numbers.Normal(Size(shape), 3);
            foreach (var target in (int[][])[sa, sb])
            {
                var got = Numbers.Normal(Size(target), 4);
                var wanted = new double[got.Length];
                for (int i = 0; i < g.Length; i++) wanted[Source(i, shape, target)] += g[i];
                Broadcast.ReduceTo(g, shape, got, target, accumulate: false);
                Numbers.Close(wanted, got, 2e-6);
                Broadcast.ReduceTo(g, shape, got, target, accumulate: true);
                Numbers.Close([.. wanted.Select(v => 2 * v)], got, 4e-6);
            }
        }
    }

    [Fact]
    public void ShapesThatDoNotBroadcastAreRefused() => Assert.Throws<ArgumentException>(() => Broadcast.Shape([2, 3], [2]));

    [Fact]
    public void ColumnSumsAddRowsInBlocksOf32OnAnyThreads()
    {
        foreach (int rows in (int[])[1, 5, 31, 32, 33, 100])
            foreach (int n in Numbers.AwkwardLengths)
            {
                var x = Numbers.Normal(rows * n, 1);
                float[] wanted = new float[n], got = new float[n];
                for (int first = 0; first < rows; first += 32)
                {
                    var block = new float[n];
                    for (int i = first * n; i < Math.Min(first + 32, rows) * n; i++) block[i % n] += x[i];
                    for (int j = 0; j < n; j++) wanted[j] += block[j];
                }
                ColumnSums.AddInto(x, rows, n, got);
                Numbers.SameBits(wanted, got);
            }
        Numbers.SameOnAnyThreads(() =>
        {
            var y = new float[199];
            ColumnSums.AddInto(Numbers.Normal(400 * 199, 2), 400, 199, y);
            return y;
        });
    }
}
