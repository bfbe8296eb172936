using Pellucid.Models.Generation;

namespace Pellucid.Explain.Searches;

/// <summary>A whole search as a tree: every prefix and hypothesis that was ranked, its arithmetic, and what became of it. Immutable.</summary>
/// <param name="Options">How it searched.</param>
/// <param name="SourceLength">S.</param>
/// <param name="Nodes">The tree; the root, the begin token, is number 0.</param>
/// <param name="Stop">Why it ended.</param>
/// <param name="Hypotheses">What it returned, best first.</param>
/// <param name="Best">Their nodes.</param>
public sealed record SearchRecord(
    DecodingOptions Options, int SourceLength, IReadOnlyList<SearchNode> Nodes, SearchReason Stop, IReadOnlyList<Hypothesis> Hypotheses, IReadOnlyList<int> Best)
{
    /// <summary>The node of the best hypothesis.</summary>
    public int Chosen => Best[0];

    /// <summary>The nodes from the root to this one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such node.</exception>
    public IReadOnlyList<SearchNode> Path(int node)
    {
        if ((uint)node >= (uint)Nodes.Count)
            throw new ArgumentOutOfRangeException(nameof(node), node, $"the search has {Nodes.Count} nodes.");
        var path = new SearchNode[Nodes[node].Step + 1];
        for (int? at = node; at is { } id; at = Nodes[id].Parent)
            path[Nodes[id].Step] = Nodes[id];
        return path;
    }

    /// <summary>What the decoder was fed for this node, [T]: the begin token and the tokens, without the end token of a hypothesis. A trace of these ids is the node's.</summary>
    public int[] TargetInput(int node)
    {
        var path = Path(node);
        return [.. path.Take(EndsWithEnd(path[^1]) ? path.Count - 1 : path.Count).Select(at => at.Token)];
    }

    private bool EndsWithEnd(SearchNode node) => node.Step > 0 && node.Token == Nodes[Chosen].Token;
}
