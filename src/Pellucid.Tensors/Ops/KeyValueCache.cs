using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

/// <summary>
/// The keys and values of the positions so far, [R, t, H, K] each for R rows, with room to grow, so that a decoding step computes only its own position.
/// </summary>
public sealed class KeyValueCache(int rows, int heads, int headWidth)
{
    private readonly int width = heads * headWidth;
    private Storage keys = Storage.Allocate(0);
    private Storage values = Storage.Allocate(0);
    private int capacity;

    /// <summary>R, the number of rows.</summary>
    public int Rows { get; private set; } = rows;

    /// <summary>t, the number of positions held.</summary>
    public int Length { get; private set; }

    internal int Heads => heads;
    internal int HeadWidth => headWidth;

    /// <summary>Floats from one row to the next.</summary>
    internal int RowStride => capacity * width;

    internal ReadOnlySpan<float> KeyData => keys.Span;
    internal ReadOnlySpan<float> ValueData => values.Span;

    /// <summary>Adds positions. Shapes: key and value <c>[R, T, H, K]</c>.</summary>
    /// <exception cref="ShapeException">The shapes are not the cache's.</exception>
    public void Append(Tensor key, Tensor value)
    {
        int added = Dims.Match(key, $"{Rows} T {heads} {headWidth}").And(value, $"{Rows} T {heads} {headWidth}")['T'];
        Grow(Length + added);
        for (int row = 0; row < Rows; row++)
        {
            key.Values.Slice(row * added * width, added * width).CopyTo(keys.Span[(row * RowStride + Length * width)..]);
            value.Values.Slice(row * added * width, added * width).CopyTo(values.Span[(row * RowStride + Length * width)..]);
        }
        Length += added;
    }

    /// <summary>Row i becomes what row <c>rows[i]</c> was; the number of rows becomes the number given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public void Select(ReadOnlySpan<int> rows)
    {
        bool unchanged = rows.Length == Rows;
        for (int i = 0; i < rows.Length; i++)
        {
            if ((uint)rows[i] >= (uint)Rows)
                throw new ArgumentOutOfRangeException(nameof(rows), rows[i], $"the cache has {Rows} rows.");
            unchanged &= rows[i] == i;
        }
        if (unchanged)
            return;
        keys = Pick(keys, rows);
        values = Pick(values, rows);
        Rows = rows.Length;
    }

    /// <summary>The keys and the values as tensors, <c>[R, t, H, K]</c>, copied.</summary>
    internal (Tensor Keys, Tensor Values) ToTensors()
    {
        var result = (Tensor.Allocate([Rows, Length, heads, headWidth]), Tensor.Allocate([Rows, Length, heads, headWidth]));
        for (int row = 0; row < Rows; row++)
        {
            keys.Span.Slice(row * RowStride, Length * width).CopyTo(result.Item1.Data[(row * Length * width)..]);
            values.Span.Slice(row * RowStride, Length * width).CopyTo(result.Item2.Data[(row * Length * width)..]);
        }
        return result;
    }

    private Storage Pick(Storage from, ReadOnlySpan<int> rows)
    {
        var to = Storage.Rent(rows.Length * RowStride);
        for (int i = 0; i < rows.Length; i++)
            from.Span.Slice(rows[i] * RowStride, Length * width).CopyTo(to.Span[(i * RowStride)..]);
        from.Return();
        return to;
    }

    private void Grow(int length)
    {
        if (length <= capacity)
            return;
        int wider = Math.Max(16, Math.Max(length, capacity * 2));
        keys = Widen(keys, wider);
        values = Widen(values, wider);
        capacity = wider;
    }

    private Storage Widen(Storage from, int wider)
    {
        var to = Storage.Rent(Rows * wider * width);
        for (int row = 0; row < Rows; row++)
            from.Span.Slice(row * RowStride, Length * width).CopyTo(to.Span[(row * wider * width)..]);
        from.Return();
        return to;
    }
}
