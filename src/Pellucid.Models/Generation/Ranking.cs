namespace Pellucid.Models.Generation;

/// <summary>
/// The best so many candidates of those offered, best first. Of equals the one offered earlier ranks higher:
/// offered by ascending beam and token, ties go to the lower beam, then to the lower token id.
/// </summary>
internal sealed class Ranking(int capacity)
{
    private readonly Candidate[] candidates = new Candidate[capacity];

    internal int Count { get; private set; }

    /// <summary>Only a higher score than this can still enter.</summary>
    internal double Threshold { get; private set; } = double.NegativeInfinity;

    internal Candidate this[int rank] => candidates[rank];

    internal void Clear() => (Count, Threshold) = (0, double.NegativeInfinity);

    internal void Insert(int beam, int token, double score)
    {
        int at = Count < capacity ? Count++ : capacity - 1;
        while (at > 0 && score > candidates[at - 1].Score)
        {
            candidates[at] = candidates[at - 1];
            at--;
        }
        candidates[at] = new Candidate(beam, token, score);
        if (Count == capacity)
            Threshold = candidates[^1].Score;
    }

    internal readonly record struct Candidate(int Beam, int Token, double Score);
}
