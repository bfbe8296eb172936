using Pellucid.Tensors;

namespace Pellucid.Models.Modules;

/// <summary>
/// A part of a model: named parameters and named children. The names joined by dots are the checkpoint keys:
/// <c>decoder.layers.0.self_attention.query.weight</c>.
/// </summary>
public abstract class Module
{
    private readonly List<(string Name, Parameter Parameter)> own = [];
    private readonly List<(string Name, Module Child)> children = [];

    /// <summary>The modules directly inside this one, in the order in which they were added.</summary>
    public IReadOnlyList<(string Name, Module Child)> Children => children;

    /// <summary>Every parameter of this module and its descendants under its checkpoint key, each once, in a fixed order.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters()
    {
        foreach (var entry in own)
            yield return entry;
        foreach (var (name, child) in children)
            foreach (var (key, parameter) in child.Parameters())
                yield return ($"{name}.{key}", parameter);
    }

    /// <summary>The matrices among them that inference multiplies with or looks rows up in: the weights of linear maps and embeddings. Norms, biases and positions are none.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Matrices()
    {
        if (Matrix is { } matrix)
            yield return own.First(entry => entry.Parameter == matrix);
        foreach (var (name, child) in children)
            foreach (var (key, parameter) in child.Matrices())
                yield return ($"{name}.{key}", parameter);
    }

    /// <summary>
    /// Makes the module ready for inference: its matrices are packed for the kernels that multiply with them, in this precision. Norms, biases and positions stay float32.
    /// In float32 no bit of a result changes; in the others the weights become what the precision leaves of them. Training a prepared module unpacks it again.
    /// </summary>
    /// <exception cref="ArgumentException">A weight does not fit the precision.</exception>
    public void Prepare(Precision precision)
    {
        foreach (var (_, parameter) in Matrices())
            parameter.Pack(precision);
    }

    /// <summary>The number of weights.</summary>
    public long ParameterCount() => Parameters().Sum(entry => (long)entry.Parameter.Count);

    /// <summary>Takes over the weights of a module of the same structure.</summary>
    /// <exception cref="ArgumentException">The structures differ; the message names the first key that does.</exception>
    public void CopyFrom(Module other)
    {
        var (mine, theirs) = (Parameters().ToList(), other.Parameters().ToList());
        for (int i = 0; i < Math.Max(mine.Count, theirs.Count); i++)
        {
            if (i >= mine.Count || i >= theirs.Count || mine[i].Name != theirs[i].Name || mine[i].Parameter.Shape != theirs[i].Parameter.Shape)
                throw new ArgumentException($"the modules differ at {(i < mine.Count ? mine[i].Name : theirs[i].Name)}; only a module of the same structure can be copied.", nameof(other));
        }
        for (int i = 0; i < mine.Count; i++)
            mine[i].Parameter.Assign(theirs[i].Parameter.Values);
    }

    /// <summary>The parameter of this very module that is one of <see cref="Matrices"/>.</summary>
    private protected virtual Parameter? Matrix => null;

    protected Parameter Add(string name, Parameter parameter)
    {
        own.Add((name, parameter));
        return parameter;
    }

    protected T Add<T>(string name, T child) where T : Module
    {
        children.Add((name, child));
        return child;
    }
}
