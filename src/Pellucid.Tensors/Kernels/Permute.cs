namespace Pellucid.Tensors.Kernels;

/// <summary>y = x with its axes in another order: axis i of y is axis axes[i] of x (NumPy's transpose).</summary>
internal static unsafe class Permute
{
    /// <exception cref="ArgumentException">axes is not a permutation of the axes of shape.</exception>
    public static void Run(ReadOnlySpan<float> x, ReadOnlySpan<int> shape, ReadOnlySpan<int> axes, Span<float> y, bool accumulate = false)
    {
        int rank = shape.Length;
        Edge.Length(axes.Length, rank, nameof(axes));
        int size = 1;
        var strides = new int[rank];
        for (int i = rank - 1; i >= 0; i--)
        {
            strides[i] = size;
            size = checked(size * shape[i]);
        }
        Edge.Length(x.Length, size, nameof(x));
        Edge.Length(y.Length, size, nameof(y));
        var seen = new bool[rank];
        int[] toShape = new int[rank], fromStrides = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            if ((uint)axes[i] >= (uint)rank || seen[axes[i]]) throw new ArgumentException($"[{string.Join(", ", axes.ToArray())}] is not an order of {rank} axes.", nameof(axes));
            seen[axes[i]] = true;
            toShape[i] = shape[axes[i]];
            fromStrides[i] = strides[axes[i]];
        }
        if (size == 0) return;
        (toShape, fromStrides) = Merge(toShape, fromStrides);
        int planeRank = fromStrides[^1] == 1 ? 1 : 2; // rows are copied as they lie; otherwise planes are turned in tiles
        fixed (float* px = x, py = y)
        {
            int plane = 1;
            for (int i = toShape.Length - planeRank; i < toShape.Length; i++) plane *= toShape[i];
            Split.Over(size / plane, plane, new Body { X = px, Y = py, Shape = toShape, Strides = fromStrides, PlaneRank = planeRank, Plane = plane, Accumulate = accumulate });
        }
    }

    /// <summary>Drops axes of length 1 and joins neighbours that lie together in x; at least two axes remain.</summary>
    private static (int[] Shape, int[] Strides) Merge(int[] shape, int[] strides)
    {
        List<int> lengths = [], steps = [];
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 1) continue;
            if (steps.Count > 0 && steps[^1] == strides[i] * shape[i])
            {
                lengths[^1] *= shape[i];
                steps[^1] = strides[i];
                continue;
            }
            lengths.Add(shape[i]);
            steps.Add(strides[i]);
        }
        while (lengths.Count < 2)
        {
            lengths.Insert(0, 1);
            steps.Insert(0, lengths.Count == 1 ? 1 : 0);
        }
        return ([.. lengths], [.. steps]);
    }

    private struct Body : IRangeBody
    {
        public float* X, Y;
        public int[] Shape, Strides;
        public int PlaneRank, Plane;
        public bool Accumulate;

        private const int Tile = 16;

        public readonly void Run(int start, int end)
        {
            for (int p = start; p < end; p++)
            {
                long from = 0, rest = p;
                for (int i = Shape.Length - PlaneRank - 1; i >= 0; i--)
                {
                    from += rest % Shape[i] * Strides[i];
                    rest /= Shape[i];
                }
                float* x = X + from, y = Y + (long)p * Plane;
                if (PlaneRank == 2) Turn(x, y);
                else if (Accumulate) Pass.Row(y, x, y, Plane, default(Elementwise.Sum), accumulate: false);
                else new ReadOnlySpan<float>(x, Plane).CopyTo(new Span<float>(y, Plane));
            }
        }

        private readonly void Turn(float* x, float* y)
        {
            int rows = Shape[^2], columns = Shape[^1];
            long rowStep = Strides[^2], columnStep = Strides[^1];
            for (int r0 = 0; r0 < rows; r0 += Tile)
                for (int c0 = 0; c0 < columns; c0 += Tile)
                    for (int r = r0; r < Math.Min(r0 + Tile, rows); r++)
                        for (int c = c0; c < Math.Min(c0 + Tile, columns); c++)
                        {
                            float value = x[r * rowStep + c * columnStep];
                            float* to = y + (long)r * columns + c;
                            *to = Accumulate ? *to + value : value;
                        }
        }
    }
}
