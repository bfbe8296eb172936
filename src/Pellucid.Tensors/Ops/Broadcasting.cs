namespace Pellucid.Tensors.Ops;

/// <summary>NumPy's rule: shapes are aligned at the last axis; lengths must be equal or 1.</summary>
internal static class Broadcasting
{
    internal static Shape Shape(Shape a, Shape b, string op)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        int[] lengths = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int x = i <= a.Rank ? a[a.Rank - i] : 1, y = i <= b.Rank ? b[b.Rank - i] : 1;
            if (x != y && x != 1 && y != 1)
                throw new ShapeException($"{op} of {a} and {b}: counted from the end, axis {i} is {x} and {y}; broadcasting wants equal lengths or 1.");
            lengths[rank - i] = x == 1 ? y : x;
        }
        return Tensors.Shape.Of(lengths);
    }

    /// <summary>Calls <paramref name="visit"/> with the flat index of the output and of both inputs, in order.</summary>
    internal static void ForEach(Shape output, Shape a, Shape b, Action<int, int, int> visit)
    {
        int[] index = new int[output.Rank];
        int[] stepsA = Steps(a, output), stepsB = Steps(b, output);
        int atA = 0, atB = 0;
        for (int at = 0; at < output.Count; at++)
        {
            visit(at, atA, atB);
            for (int axis = output.Rank - 1; axis >= 0; axis--)
            {
                index[axis]++;
                atA += stepsA[axis];
                atB += stepsB[axis];
                if (index[axis] < output[axis])
                    break;
                atA -= stepsA[axis] * output[axis];
                atB -= stepsB[axis] * output[axis];
                index[axis] = 0;
            }
        }
    }

    /// <summary>How far a step along each output axis moves in an input; 0 along a broadcast axis.</summary>
    internal static int[] Steps(Shape input, Shape output)
    {
        int[] steps = new int[output.Rank];
        int step = 1;
        for (int i = 1; i <= input.Rank; i++)
        {
            int length = input[input.Rank - i];
            steps[output.Rank - i] = length == 1 ? 0 : step;
            step *= length;
        }
        return steps;
    }
}
