using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Attention;

/// <summary>One change to what an attention may see.</summary>
/// <param name="Place">The attention, as traces name it: <c>encoder.0.self_attention</c>, <c>decoder.1.cross_attention</c>.</param>
/// <param name="Query">t, the position that looks; null for all of them.</param>
/// <param name="Key">s, the position that is looked at.</param>
/// <param name="Visible">Whether it is seen, whatever padding and the causal mask say.</param>
public readonly record struct MaskEdit(string Place, int? Query, int Key, bool Visible);

/// <summary>
/// Changes to the masks of a Transformer, the same for every sentence; of two that name one cell the later holds. Immutable. Positions that a sentence does not have are left aside.
/// While a translation is searched the target's future does not exist yet, so to show it changes only a whole pass of the decoder.
/// </summary>
public sealed class MaskEdits
{
    private readonly Dictionary<string, MaskEdit[]> byPlace;

    /// <exception cref="ArgumentOutOfRangeException">A position is negative.</exception>
    public MaskEdits(IEnumerable<MaskEdit> edits)
    {
        All = [.. edits];
        foreach (var edit in All)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(edit.Key);
            ArgumentOutOfRangeException.ThrowIfNegative(edit.Query ?? 0);
        }
        byPlace = All.GroupBy(edit => edit.Place, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>The changes in their order.</summary>
    public IReadOnlyList<MaskEdit> All { get; }

    /// <summary>The mask of queries 0 .. T-1 at a place; the same object where nothing is changed.</summary>
    internal AttentionMask Apply(string place, AttentionMask mask, int B, int T, int S) => Apply(place, mask, B, T, S, newest: null);

    /// <summary>The same where all T queries stand at one position: the newest of every hypothesis of a sentence.</summary>
    internal AttentionMask ApplyAt(int position, string place, AttentionMask mask, int B, int T, int S) => Apply(place, mask, B, T, S, position);

    private AttentionMask Apply(string place, AttentionMask mask, int B, int T, int S, int? newest)
    {
        if (!byPlace.TryGetValue(place, out var edits))
            return mask;
        bool[] visible = new bool[checked(B * T * S)];
        for (int i = 0; i < visible.Length; i++)
            visible[i] = mask.Sees(i / S / T, i / S % T, i % S, T, S);
        foreach (var edit in edits)
        {
            if (edit.Key >= S)
                continue;
            for (int b = 0; b < B; b++)
                for (int t = 0; t < T; t++)
                    if (edit.Query is null || edit.Query == (newest ?? t))
                        visible[(b * T + t) * S + edit.Key] = edit.Visible;
        }
        return new AttentionMask { Visible = visible };
    }
}
