using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class LayoutTests
{
    [Fact]
    public void AnyOrderOfAxesCanBeTaken()
    {
        (int[] Shape, int[] Axes)[] cases =
        [
            ([3, 5], [1, 0]), ([17, 33], [1, 0]), ([2, 3, 4, 5], [0, 2, 1, 3]), ([2, 3, 4, 5], [3, 1, 0, 2]), ([2, 3, 19], [0, 2, 1]),
            ([2, 3, 4], [0, 1, 2]), ([4], [0]), ([], []), ([1, 5, 1], [2, 1, 0]), ([3, 4, 5], [1, 2, 0]), ([0, 3], [1, 0]),
        ];
        foreach (var (shape, axes) in cases)
        {
            int size = shape.Aggregate(1, (a, b) => a * b);
            float[] x = Numbers.Normal(size, 1), y = new float[size], twice = new float[size];
            Permute.Run(x, shape, axes, y);
            Permute.Run(x, shape, axes, twice, accumulate: true);
            Permute.Run(x, shape, axes, twice, accumulate: true);
            for (int i = 0; i < size; i++)
            {
                int rest = i, from = 0;
                var index = new int[shape.Length];
                for (int a = shape.Length - 1; a >= 0; a--)
                {
                    index[axes[a]] = rest % shape[axes[a]];
                    rest /= shape[axes[a]];
                }
                for (int a = 0; a < shape.Length; a++) from = from * shape[a] + index[a];
                Assert.Equal(x[from], y[i]);
                Assert.Equal(2 * x[from], twice[i]);
            }
        }
        Assert.Throws<ArgumentException>(() => Permute.Run(new float[4], [2, 2], [0, 0], new float[4]));
    }

    [Fact]
    public void SlicesAndPartsAreEachOthersInverse()
    {
        const int outer = 3, axis = 7, inner = 5;
        float[] x = Numbers.Normal(outer * axis * inner, 1), y = new float[x.Length];
        int start = 0;
        foreach (int count in (int[])[2, 1, 4])
        {
            var part = new float[outer * count * inner];
            AxisCopy.Slice(x, outer, axis, inner, start, count, part);
            for (int i = 0; i < part.Length; i++)
                Assert.Equal(x[(i / (count * inner) * axis + start + i / inner % count) * inner + i % inner], part[i]);
            AxisCopy.Place(part, outer, axis, inner, start, count, y);
            AxisCopy.Place(part, outer, axis, inner, start, count, y, accumulate: true);
            start += count;
        }
        Numbers.SameBits([.. x.Select(v => v + v)], y);
        Assert.Throws<ArgumentOutOfRangeException>(() => AxisCopy.Slice(x, outer, axis, inner, 6, 2, new float[outer * 2 * inner]));
    }
}
