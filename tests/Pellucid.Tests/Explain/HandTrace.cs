using Pellucid.Explain.Traces;
using Pellucid.Models.Architectures;

namespace Pellucid.Tests.Explain;

/// <summary>Traces put together by hand: tensors of seeded numbers, and what an operation makes of them by plain loops.</summary>
internal sealed class HandTrace
{
    private readonly List<TraceTensor> tensors = [];
    private readonly List<TraceOp> ops = [];

    internal static TraceToken[] Source { get; } = [new(7, "▁You", 0, 3), new(5, "▁are", 4, 7), new(2, "</s>", 7, 7)];

    internal TraceTensor Add(string name, string axes, int[] shape, TensorOrigin origin = TensorOrigin.Computed, ulong seed = 1)
    {
        var tensor = new TraceTensor(name, axes, shape, origin, Some.Tensor([.. shape], seed).ToArray());
        tensors.Add(tensor);
        return tensor;
    }

    /// <summary>What the generator drew.</summary>
    internal TraceTensor Draw(string name, string axes, int[] shape, Func<int[], double> cell)
    {
        var tensor = new TraceTensor(name, axes, shape, TensorOrigin.Drawn, [.. Indices(shape).Select(index => (float)cell(index))]);
        tensors.Add(tensor);
        return tensor;
    }

    /// <summary>An operation; its output's cells by a function of their indices.</summary>
    internal TraceTensor Op(
        string kind, string output, string axes, int[] shape, (string Role, TraceTensor Tensor)[] inputs, Func<int[], double> cell,
        Dictionary<string, double>? numbers = null, int[]? ids = null, bool[]? visible = null)
    {
        float[] values = [.. Indices(shape).Select(index => (float)cell(index))];
        var tensor = new TraceTensor(output, axes, shape, TensorOrigin.Computed, values);
        tensors.Add(tensor);
        ops.Add(new TraceOp(kind, output, [.. inputs.Select(input => new TraceInput(input.Role, input.Tensor.Name))], numbers ?? [], ids, visible));
        return tensor;
    }

    internal Trace Build() => new(new TraceHeader("translation", TransformerConfig.Tutorial with { VocabularySize = 9 }, Source, [], []), ops, tensors);

    /// <summary>All indices of a shape in row-major order.</summary>
    internal static IEnumerable<int[]> Indices(int[] shape)
    {
        int count = shape.Aggregate(1, (product, length) => product * length);
        for (int cell = 0; cell < count; cell++)
        {
            int[] index = new int[shape.Length];
            for (int axis = shape.Length - 1, rest = cell; axis >= 0; rest /= shape[axis--])
                index[axis] = rest % shape[axis];
            yield return index;
        }
    }

    internal static double At(TraceTensor tensor, params int[] index)
    {
        int offset = 0;
        for (int axis = 0; axis < index.Length; axis++)
            offset = offset * tensor.Shape[axis] + index[axis];
        return tensor.Values![offset];
    }
}
