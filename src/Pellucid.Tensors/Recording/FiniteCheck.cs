using Pellucid.Tensors.Ops;

namespace Pellucid.Tensors.Recording;

/// <summary>Stops at the first op whose output holds a NaN or an infinity, and names it. Where the weights themselves are damaged, that is the first op that reads them.</summary>
public sealed class FiniteCheck : IRecorderObserver
{
    /// <exception cref="NotFiniteException">The output of the op holds a NaN or an infinity.</exception>
    public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        int at = FirstNotFinite(output.Values);
        if (at >= 0)
            throw new NotFiniteException(recorder.Path, op.Name, at, output.Values[at]);
    }

    private static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                return i;
        return -1;
    }
}

/// <summary>An op computed a NaN or an infinity.</summary>
public sealed class NotFiniteException(string path, string op, int element, float value)
    : ArithmeticException(FormattableString.Invariant($"{op} in {(path.Length == 0 ? "the model" : path)} computed {value} at element {element}."))
{
    /// <summary>The module path of the op.</summary>
    public string Path { get; } = path;

    /// <summary>The op's name.</summary>
    public string Op { get; } = op;
}
