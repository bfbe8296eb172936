using Pellucid.Explain.Languages;

namespace Pellucid.Explain.Walks;

/// <summary>One step of the way from a text to its translation.</summary>
/// <param name="Id">Unique in a walk; of a step that shows a tensor, the tensor's name.</param>
/// <param name="Section">Where in the model: <c>encoder.0.self_attention</c>, or <c>source</c>, <c>target</c>, <c>choice</c>, <c>search</c>.</param>
/// <param name="Formula">The id of its formula in Formulas/formulas.json; null where there is none.</param>
/// <param name="TextKey">The key of its title and sentence in the languages: <c>steps.attention.scores</c>.</param>
/// <param name="PlaceKey">The key of its section's name.</param>
/// <param name="Arguments">What the texts name.</param>
public sealed record WalkStep(string Id, string Section, string? Formula, string TextKey, string PlaceKey, IReadOnlyDictionary<string, object> Arguments)
{
    /// <summary>The tensor it shows; null for a step without one.</summary>
    public string? Tensor { get; init; }

    /// <summary>What its rows and columns count, as <see cref="AxisNames"/> says.</summary>
    public string? Rows { get; init; }

    /// <inheritdoc cref="Rows"/>
    public string? Columns { get; init; }

    /// <summary>The shape with its letters.</summary>
    public string? Shapes { get; init; }

    /// <summary>The layer, from 0; null outside layers.</summary>
    public int? Layer { get; init; }

    /// <summary>The step of the generation or of the search that it is about, from 1; null for all others.</summary>
    public int? Number { get; init; }

    public string Title(Language language) => language.Text(TextKey + ".title", Arguments);

    public string Sentence(Language language) => language.Text(TextKey + ".sentence", Arguments);

    /// <summary>The name of its section.</summary>
    public string Place(Language language) => language.Text(PlaceKey, Arguments);
}
