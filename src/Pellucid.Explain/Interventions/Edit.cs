namespace Pellucid.Explain.Interventions;

/// <summary>A change to a model, to see what follows from it. A closed family.</summary>
public abstract record Edit
{
    private Edit()
    {
    }

    /// <summary>One cell of a weight gets another value; an embedding is a row of one.</summary>
    /// <param name="Name">The checkpoint key: <c>encoder.layers.0.self_attention.query.weight</c>.</param>
    /// <param name="Index">One index for each axis.</param>
    /// <param name="Value">The new value, a number.</param>
    public sealed record Weight(string Name, IReadOnlyList<int> Index, float Value) : Edit;

    /// <summary>One cell of a mask.</summary>
    /// <param name="Place">The attention: <c>decoder.0.self_attention</c>.</param>
    /// <param name="Query">t, the position that looks; null for all of them.</param>
    /// <param name="Key">s, the position that is looked at.</param>
    /// <param name="Visible">Whether it is seen.</param>
    public sealed record Mask(string Place, int? Query, int Key, bool Visible) : Edit;

    /// <summary>A head is switched off: the columns of the output projection that read it are zero, so it adds nothing (Michel et al. 2019, section 3).</summary>
    /// <param name="Place">The attention: <c>encoder.0.self_attention</c>.</param>
    /// <param name="Number">Which head, from 0.</param>
    public sealed record Head(string Place, int Number) : Edit;
}
