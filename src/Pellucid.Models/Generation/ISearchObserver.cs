namespace Pellucid.Models.Generation;

/// <summary>Looks on while one sentence is searched, see <see cref="Generator.Observe"/>. It changes nothing; without one nothing is collected.</summary>
public interface ISearchObserver
{
    /// <summary>The search has ranked what may follow its prefixes and has chosen.</summary>
    void Advanced(SearchStep step);

    /// <summary>The search is over; told once, after the last step.</summary>
    void Stopped(SearchStop stop);
}

/// <summary>One step of a search: what might have followed the prefixes under way, and what became of it.</summary>
/// <param name="Number">From 1: the number of tokens of every prefix it makes.</param>
/// <param name="Rows">The prefixes under way by row: those that the step before let continue, in its order; before the first step there is one, empty.</param>
/// <param name="Candidates">Their best continuations together, best first: at most 2W, of which W can go on.</param>
public sealed record SearchStep(int Number, IReadOnlyList<SearchRow> Rows, IReadOnlyList<SearchCandidate> Candidates);

/// <summary>The best that could have followed one prefix.</summary>
/// <param name="Token">Its most probable allowed token; -1 when the rules allow none.</param>
/// <param name="LogProbability">Of the token, natural logarithm.</param>
/// <param name="Total">Of the prefix and the token.</param>
public readonly record struct SearchRow(int Token, float LogProbability, double Total);

/// <summary>One continuation of one prefix.</summary>
/// <param name="Row">The prefix.</param>
/// <param name="Token">What follows it.</param>
/// <param name="LogProbability">log P of the token given the prefix.</param>
/// <param name="Total">log P of both: what candidates are ranked by within a step, in double precision.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="NextRow">The row it continues in; null unless its fate is to continue.</param>
/// <param name="Score">As a hypothesis, if it ended here: without coverage unless it did end.</param>
/// <param name="Finished">The hypothesis it makes; null unless its fate is to finish.</param>
public sealed record SearchCandidate(
    int Row, int Token, float LogProbability, double Total, CandidateFate Fate, int? NextRow, HypothesisScore Score, Hypothesis? Finished);

/// <summary>What becomes of a candidate.</summary>
public enum CandidateFate
{
    /// <summary>It is one of the W prefixes of the next step.</summary>
    Continues,

    /// <summary>It ends with the end token and ranks among the best W: a hypothesis.</summary>
    Finishes,

    /// <summary>It ends with the end token, but ranks behind the best W and is forgotten.</summary>
    EndsBeyondBeam,

    /// <summary>W better ones go on already.</summary>
    Outranked,
}

/// <summary>Why a search ended.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Unfinished">The arithmetic of the best unfinished prefix as the reason compares it; null where none was left or the reason compares nothing.</param>
/// <param name="Bar">That of the last of the n best, which it did not reach; null with <paramref name="Unfinished"/>.</param>
/// <param name="Best">The hypotheses, best first: those the search returns.</param>
public sealed record SearchStop(StopReason Reason, HypothesisScore? Unfinished, HypothesisScore? Bar, IReadOnlyList<Hypothesis> Best);

/// <summary>Why a search ended.</summary>
public enum StopReason
{
    /// <summary>No prefix was left: every one had reached the maximum length, where only the end token may follow, or no token was allowed.</summary>
    NothingLeft,

    /// <summary>As many hypotheses had finished as the beam is wide, and the best prefix, scored as if it ended now, ranked below the n best; see <see cref="Stopping.WhenFull"/>.</summary>
    BeamFull,

    /// <summary>No prefix could still enter the n best, even if it went on to the maximum length with certainty; see <see cref="Stopping.WhenSettled"/>.</summary>
    Settled,

    /// <summary>The n best were there; see <see cref="Stopping.AtFirst"/>.</summary>
    BestFound,
}
