namespace Pellucid.Tensors.Kernels;

/// <summary>Copies between a tensor [outer, axis, inner] and a run of its middle axis: the two halves of slice and concat.</summary>
internal static class AxisCopy
{
    /// <summary>part [outer, count, inner] (+)= whole [outer, axis, inner] from position start of the axis.</summary>
    public static void Slice(ReadOnlySpan<float> whole, int outer, int axis, int inner, int start, int count, Span<float> part, bool accumulate = false)
    {
        Check(whole.Length, outer, axis, inner, start, count, part.Length);
        int run = count * inner;
        for (int o = 0; o < outer; o++) Put(whole.Slice((o * axis + start) * inner, run), part.Slice(o * run, run), accumulate);
    }

    /// <summary>The other way: whole from position start (+)= part. Concatenation calls it once per part; so does a slice's gradient.</summary>
    public static void Place(ReadOnlySpan<float> part, int outer, int axis, int inner, int start, int count, Span<float> whole, bool accumulate = false)
    {
        Check(whole.Length, outer, axis, inner, start, count, part.Length);
        int run = count * inner;
        for (int o = 0; o < outer; o++) Put(part.Slice(o * run, run), whole.Slice((o * axis + start) * inner, run), accumulate);
    }

    private static void Check(int whole, int outer, int axis, int inner, int start, int count, int part)
    {
        Edge.Length(whole, Edge.Count(Edge.Count(outer, axis), inner), nameof(whole));
        Edge.Length(part, Edge.Count(Edge.Count(outer, count), inner), nameof(part));
        if (start < 0 || start > axis - count) throw new ArgumentOutOfRangeException(nameof(start), $"Positions {start} to {start + count} lie outside an axis of {axis}.");
    }

    private static void Put(ReadOnlySpan<float> from, Span<float> to, bool accumulate)
    {
        if (accumulate) Elementwise.AddInto(from, to);
        else from.CopyTo(to);
    }
}
