namespace Pellucid.Text.Metrics;

/// <summary>
/// The fewest edits that the greedy search of tercom finds from a hypothesis to a reference: while it helps, shift the run of
/// words that lowers the edit distance most (Snover et al. 2006, section 2, algorithm 1), then count what distance remains.
/// </summary>
internal sealed class TercomShifts
{
    private const int LongestShift = 10;
    private const int FarthestShift = 50;
    private const int MostCandidates = 1000; // of one hypothesis against one reference

    private readonly int[] _reference;
    private readonly int[] _shifted;
    private readonly BandedEditDistance _distance;
    private int[] _hypothesis;
    private int _candidates;

    private TercomShifts(int[] hypothesis, int[] reference)
    {
        _hypothesis = [.. hypothesis];
        _shifted = new int[hypothesis.Length];
        _reference = reference;
        _distance = new BandedEditDistance(reference, hypothesis.Length);
    }

    /// <summary>Edits, a shift of any length and distance counting as one. Equal words have equal numbers.</summary>
    public static int Edits(int[] hypothesis, int[] reference) =>
        reference.Length == 0 ? hypothesis.Length : new TercomShifts(hypothesis, reference).Search();

    private int Search()
    {
        for (var shifts = 0; ; shifts++)
        {
            var distance = _distance.Base(_hypothesis);
            var best = BestShift(distance);
            if (_candidates >= MostCandidates || best.Gain <= 0) return shifts + distance;
            Apply(best);
            _hypothesis = [.. _shifted];
        }
    }

    private Shift BestShift(int distance)
    {
        var best = default(Shift);
        var alignment = Alignment.Of(_distance.Trace(_hypothesis), _hypothesis.Length, _reference.Length);
        for (var start = 0; start < _hypothesis.Length; start++)
        {
            var last = Math.Min(_reference.Length - 1, start + FarthestShift);
            for (var target = Math.Max(0, start - FarthestShift); target <= last; target++)
            {
                for (var length = 1; length <= LongestShift && MatchesAt(start, target, length); length++)
                {
                    if (!alignment.CallsForShift(start, target, length)) continue;
                    best = Better(best, BestPlace(distance, alignment, start, target, length));
                    if (_candidates >= MostCandidates) return best;
                }
            }
        }

        return best;
    }

    // Only the last word needs a look: the shorter runs were looked at before.
    private bool MatchesAt(int start, int target, int length) =>
        start + length <= _hypothesis.Length && target + length <= _reference.Length
        && _hypothesis[start + length - 1] == _reference[target + length - 1];

    /// <summary>Tries the run before and after the hypothesis words that stand for the reference's words there.</summary>
    private Shift BestPlace(int distance, Alignment alignment, int start, int target, int length)
    {
        var best = default(Shift);
        var previous = -1;
        for (var word = target - 1; word < target + length; word++)
        {
            var place = word < 0 ? 0 : alignment.HypothesisOf[word] + 1;
            if (place == previous) continue;
            previous = place;
            var shift = new Shift(0, start, length, place);
            var common = Apply(shift);
            best = Better(best, shift with { Gain = distance - _distance.Variant(_shifted, common) });
            _candidates++;
        }

        return best;
    }

    /// <summary>Writes the shifted hypothesis and answers how many words at its beginning have not moved.</summary>
    private int Apply(Shift shift)
    {
        var (words, start, length) = (_hypothesis, shift.Start, shift.Length);
        // The place counts words as they stand now; behind the run, taking it out moves them up. A place inside the run
        // means that many words to the right, as in tercom.
        var at = shift.Place > start + length ? shift.Place - length : Math.Min(shift.Place, words.Length - length);
        words.AsSpan(start, length).CopyTo(_shifted.AsSpan(at));
        var from = 0;
        for (var to = 0; to < words.Length; to++)
        {
            if (to == at) to += length;
            if (from == start) from += length;
            if (to < words.Length) _shifted[to] = words[from++];
        }

        return Math.Min(start, at);
    }

    // tercom's ranking: more gain, then a longer run, then an earlier run, then an earlier place.
    private static Shift Better(Shift a, Shift b)
    {
        if (a.Length == 0 || b.Length == 0) return a.Length == 0 ? b : a;
        if (a.Gain != b.Gain) return a.Gain > b.Gain ? a : b;
        if (a.Length != b.Length) return a.Length > b.Length ? a : b;
        if (a.Start != b.Start) return a.Start < b.Start ? a : b;
        return a.Place <= b.Place ? a : b;
    }

    /// <summary>Moves <see cref="Length"/> words from <see cref="Start"/> to before the word at <see cref="Place"/>.</summary>
    private readonly record struct Shift(int Gain, int Start, int Length, int Place);

    /// <summary>Which hypothesis word stands for each reference word, and which words are wrong.</summary>
    private sealed class Alignment(int hypothesisLength, int referenceLength)
    {
        private readonly bool[] _wrongInHypothesis = new bool[hypothesisLength];
        private readonly bool[] _wrongInReference = new bool[referenceLength];

        /// <summary>For a reference word that the hypothesis lacks, the last hypothesis word before it, or -1.</summary>
        public int[] HypothesisOf { get; } = new int[referenceLength];

        public static Alignment Of(List<BandedEditDistance.Edit> edits, int hypothesisLength, int referenceLength)
        {
            var alignment = new Alignment(hypothesisLength, referenceLength);
            var (h, r) = (-1, -1);
            foreach (var edit in edits)
            {
                var wrong = edit != BandedEditDistance.Edit.Match;
                if (edit != BandedEditDistance.Edit.AddReferenceWord) alignment._wrongInHypothesis[++h] = wrong;
                if (edit == BandedEditDistance.Edit.DropHypothesisWord) continue;
                alignment._wrongInReference[++r] = wrong;
                alignment.HypothesisOf[r] = h;
            }

            return alignment;
        }

        /// <summary>A run is moved only if it holds an error, its target holds one, and it does not stand there already.</summary>
        public bool CallsForShift(int start, int target, int length) =>
            _wrongInHypothesis.AsSpan(start, length).Contains(true)
            && _wrongInReference.AsSpan(target, length).Contains(true)
            && (HypothesisOf[target] < start || HypothesisOf[target] >= start + length);
    }
}
