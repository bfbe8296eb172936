using Pellucid.Models.Configuration;

namespace Pellucid.Explain.Walks;

/// <summary>Which steps of a walk are wanted.</summary>
internal sealed record WalkFilter
{
    private const int MostNames = 3;

    /// <summary>A step by its id, or all steps of a section; null for any.</summary>
    public string? At { get; init; }

    /// <summary>Only this layer, from 0, as names count them; null for all.</summary>
    public int? Layer { get; init; }

    /// <summary>Only what belongs to this step of the generation, from 1; null for all.</summary>
    public int? Step { get; init; }

    /// <summary>The indices of the steps that are wanted.</summary>
    /// <exception cref="ArgumentException">There is no such step; the message suggests one.</exception>
    public IReadOnlyList<int> Of(Walk walk)
    {
        var header = walk.Trace.Header;
        if (Step is { } step && (step < 1 || step > header.Target.Count))
            throw new ArgumentException(FormattableString.Invariant($"there is no step {step}: the translation was generated in the steps 1 to {header.Target.Count}."));
        var layers = walk.Steps.Select(one => one.Layer).OfType<int>().Distinct().ToList();
        if (Layer is { } layer && !layers.Contains(layer))
            throw new ArgumentException(FormattableString.Invariant($"there is no layer {layer}; layers are counted from 0 to {layers.Max()}."));
        if (At is { } at && walk.IndexOf(at) < 0 && walk.Steps.All(one => one.Section != at))
            throw new ArgumentException($"there is no step or section '{Printable.Fit(at, 60)}'; the nearest: {string.Join(", ", NearestName.Several(at, Names(walk), MostNames))}", nameof(At));
        return [.. Enumerable.Range(0, walk.Steps.Count).Where(i => Wants(walk.Steps[i]))];
    }

    /// <summary>The names that <see cref="At"/> takes: sections and steps in the order of the walk.</summary>
    public static IEnumerable<string> Names(Walk walk) => walk.Steps.SelectMany(step => new[] { step.Section, step.Id }).Distinct();

    private bool Wants(WalkStep step) =>
        (At is null || step.Id == At || step.Section == At)
        && (Layer is null || step.Layer == Layer)
        && (Step is null || At is not null || (step.Number is { } number ? number == Step : step.Section is "target" or "output" || step.Section.StartsWith("decoder", StringComparison.Ordinal)));
}
