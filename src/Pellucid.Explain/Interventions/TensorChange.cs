using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Interventions;

/// <summary>How a tensor differs between two traces of the same tokens.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="Largest">The largest |difference| of a cell; 0 where all are equal, infinite where a mask shows or hides a cell anew.</param>
/// <param name="At">The cell of the largest; empty where all are equal.</param>
/// <param name="RootMeanSquare">√(mean of the squared differences), over the cells that are finite on both sides.</param>
/// <param name="Changed">How many cells differ in any bit of their value.</param>
public sealed record TensorChange(string Name, double Largest, IReadOnlyList<int> At, double RootMeanSquare, long Changed)
{
    /// <summary>The change of every tensor that both traces captured in the same shape, in the order of the second.</summary>
    public static IReadOnlyList<TensorChange> Between(Trace baseline, Trace edited)
    {
        var changes = new List<TensorChange>();
        foreach (var tensor in edited.Tensors)
            if (tensor.Values is { } after && baseline.Find(tensor.Name) is { Values: { } before } old && old.Shape.AsSpan().SequenceEqual(tensor.Shape))
                changes.Add(Of(tensor, before, after));
        return changes;
    }

    private static TensorChange Of(TraceTensor tensor, float[] before, float[] after)
    {
        double largest = 0, squares = 0;
        long changed = 0, finite = 0;
        int at = -1;
        for (int i = 0; i < after.Length; i++)
        {
            double difference = before[i] == after[i] || (float.IsNaN(before[i]) && float.IsNaN(after[i])) ? 0 : Math.Abs((double)after[i] - before[i]);
            if (double.IsFinite(difference))
            {
                squares += difference * difference;
                finite++;
            }
            if (difference == 0)
                continue;
            changed++;
            if (difference > largest || double.IsNaN(difference))
                (largest, at) = (double.IsNaN(difference) ? double.PositiveInfinity : difference, i);
        }
        return new TensorChange(tensor.Name, largest, at < 0 ? [] : Index(at, tensor.Shape), finite == 0 ? 0 : Math.Sqrt(squares / finite), changed);
    }

    private static int[] Index(int offset, int[] shape)
    {
        int[] index = new int[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
            (offset, index[axis]) = (offset / shape[axis], offset % shape[axis]);
        return index;
    }
}
