using Pellucid.Models.Generation;

namespace Pellucid.Explain.Searches;

/// <summary>A prefix or a hypothesis of a search: its parent's tokens and one more.</summary>
/// <param name="Id">Its place in <see cref="SearchRecord.Nodes"/>; a parent comes before its children.</param>
/// <param name="Parent">What it continues; null for the root, the begin token.</param>
/// <param name="Token">Its last token.</param>
/// <param name="Piece">The token as the vocabulary spells it.</param>
/// <param name="Step">The step that made it: the number of tokens behind the begin token.</param>
/// <param name="Row">The row of the beam it went on in; null if it did not go on.</param>
/// <param name="Rank">Its place among the candidates of its step, from 0.</param>
/// <param name="LogProbability">log P of its token given its parent; 0 for the root.</param>
/// <param name="Total">log P of all its tokens.</param>
/// <param name="Score">Its score as a hypothesis; of a prefix, as if it ended here and without coverage.</param>
/// <param name="State">What became of it.</param>
/// <param name="Reason">Why, where there is more to say than the state.</param>
/// <param name="Place">Its place among the n best, 0 for the chosen one; null for all others.</param>
/// <param name="Cut">True for a hypothesis that ends only because the maximum length was reached.</param>
public sealed record SearchNode(
    int Id, int? Parent, int Token, string Piece, int Step, int? Row, int Rank, float LogProbability, double Total, HypothesisScore Score,
    NodeState State, SearchReason? Reason, int? Place, bool Cut);

/// <summary>What became of a prefix.</summary>
public enum NodeState
{
    /// <summary>Something that follows it went on or finished.</summary>
    Continued,

    /// <summary>It ended with the end token: a hypothesis.</summary>
    Finished,

    /// <summary>Neither: it was left behind, or was still under way when the search ended.</summary>
    Died,
}

/// <summary>Why something happened, as the key of a text in Languages/ and the numbers that the text names.</summary>
/// <param name="Key">Such as <c>search.died.outranked</c>.</param>
/// <param name="Numbers">By the names that the text uses.</param>
/// <param name="By">The node that caused it; null where there is none.</param>
public sealed record SearchReason(string Key, IReadOnlyDictionary<string, double> Numbers, int? By = null);
