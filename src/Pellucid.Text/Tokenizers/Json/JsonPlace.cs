namespace Pellucid.Text.Tokenizers.Json;

/// <summary>Where a JSON value stands: spelled only when there is something to complain about.</summary>
/// <param name="Parent">The place of what holds it; null: the document.</param>
/// <param name="Name">The key, or null for an item of an array.</param>
/// <param name="Index">The number of an item, counted from 0.</param>
internal sealed record JsonPlace(JsonPlace? Parent, string? Name, int Index)
{
    public override string ToString() => Name is null ? FormattableString.Invariant($"{Parent}[{Index}]")
        : Parent is null ? Name : $"{Parent}.{Name}";
}
