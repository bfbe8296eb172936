namespace Pellucid.Tensors.Optimization;

/// <summary>What Adam remembers of one parameter: the running means of its gradient (m) and of the gradient's square (v), both zero at first.</summary>
public sealed class AdamMoments
{
    private readonly Tensor first;
    private readonly Tensor second;

    public AdamMoments(Parameter parameter)
    {
        first = new Tensor(parameter.Shape, Storage.Allocate(parameter.Count));
        second = new Tensor(parameter.Shape, Storage.Allocate(parameter.Count));
        first.Data.Clear();
        second.Data.Clear();
    }

    /// <summary>m, of the parameter's shape.</summary>
    public Tensor First => first;

    /// <summary>v, of the parameter's shape; never negative.</summary>
    public Tensor Second => second;

    /// <summary>Replaces both, as a resumed run does.</summary>
    /// <exception cref="ShapeException">A number of values is not the parameter's.</exception>
    public void Assign(ReadOnlySpan<float> m, ReadOnlySpan<float> v)
    {
        if (m.Length != first.Count || v.Length != second.Count)
            throw new ShapeException($"moments of {m.Length} and {v.Length} values do not belong to a parameter of shape {first.Shape}.");
        m.CopyTo(first.Data);
        v.CopyTo(second.Data);
    }
}
