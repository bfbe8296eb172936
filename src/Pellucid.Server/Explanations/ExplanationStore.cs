using System.Security.Cryptography;
using Pellucid.Explain.Exports;
using Pellucid.Explain.Traces;
using Pellucid.Server.Http;

namespace Pellucid.Server.Explanations;

/// <summary>An explanation that can be asked about further, and the model it was made with: the served one, a checkpoint, or an edited copy.</summary>
internal sealed record Kept(ExplanationDocument Document, TranslationModel Model, TranslateOptions Options)
{
    internal string Id => Document.Id!;

    /// <summary>Bytes of weights that nobody else holds, see <see cref="Own"/>.</summary>
    internal long ModelBytes { get; init; }

    /// <summary>
    /// The same, with what it holds of weights beside the model that is served: those of a model of its own, and the trace's copies of them. Traces share one copy of a packed
    /// matrix; of other weights each has its own. A step of training has all of the optimizer's moments before it, too.
    /// </summary>
    internal Kept Own(TranslationModel served)
    {
        var held = new HashSet<object>(ReferenceEqualityComparer.Instance);
        foreach (var (_, parameter) in served.Transformer.Parameters())
            held.Add((object?)parameter.Packed ?? parameter);
        long cells = 0;
        foreach (var (_, parameter) in Model.Transformer.Parameters())
            if (!held.Contains((object?)parameter.Packed ?? parameter))
                cells += 2L * parameter.Count;
            else if (parameter.Packed is null)
                cells += parameter.Count;
        var moments = Document.Trace.Tensors.Where(tensor => tensor is { Origin: TensorOrigin.Weight, Values: not null } && tensor.Name.Contains(':', StringComparison.Ordinal));
        return this with { ModelBytes = sizeof(float) * (cells + moments.Sum(tensor => tensor.Count)) };
    }
}

/// <summary>The latest explanations, as many as fit into so many bytes; the least recently used go first. Safe for concurrent callers.</summary>
internal sealed class ExplanationStore(long capacity)
{
    // What an entry costs beside its values: tokens, names, steps.
    private const long Overhead = 64 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<Kept>> byId = new(StringComparer.Ordinal);
    private readonly LinkedList<Kept> byUse = new(); // the latest first
    private long used;

    /// <summary>A name that nobody can guess and that has not been given before.</summary>
    internal static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    internal int Count
    {
        get
        {
            lock (gate)
                return byId.Count;
        }
    }

    /// <summary>Keeps it, or puts it in the place of the one of the same name.</summary>
    /// <exception cref="RequestException">It is larger than the whole store.</exception>
    internal Kept Keep(Kept kept)
    {
        long size = Size(kept);
        if (size > capacity)
            throw new RequestException(RequestException.Unprocessable, FormattableString.Invariant($"the explanation would take {size >> 20} MB, the store holds {capacity >> 20} MB; try a shorter text"));
        lock (gate)
        {
            Remove(kept.Id);
            while (used + size > capacity)
                Remove(byUse.Last!.Value.Id);
            byId.Add(kept.Id, byUse.AddFirst(kept));
            used += size;
        }
        return kept;
    }

    /// <exception cref="RequestException">There is none of this name, or no more.</exception>
    internal Kept Find(string id)
    {
        lock (gate)
        {
            if (!byId.TryGetValue(id, out var node))
                throw new RequestException(RequestException.NotFound, "there is no explanation of this name, or it has made room for newer ones; ask for it again");
            byUse.Remove(node);
            byUse.AddFirst(node);
            return node.Value;
        }
    }

    private static long Size(Kept kept) => kept.Document.Bytes + kept.ModelBytes + Overhead;

    private void Remove(string id)
    {
        if (!byId.Remove(id, out var node))
            return;
        byUse.Remove(node);
        used -= Size(node.Value);
    }
}
