namespace Pellucid.Text.Metrics;

/// <summary>
/// Levenshtein distance from hypotheses of one length to one reference, computed only in a band about the diagonal.
/// </summary>
/// <remarks>
/// Row i belongs to the first i hypothesis words, column j to the first j reference words. Rows of the hypothesis last given to
/// <see cref="Base"/> are kept, so that a variant of it costs only the rows after its first difference.
/// </remarks>
internal sealed class BandedEditDistance
{
    private const int Beam = 25;
    private const int Unreached = int.MaxValue / 2;

    private readonly int[] _reference;
    private readonly int _length; // of the hypotheses
    private readonly double _slope;
    private readonly int _beam;
    private readonly int _stride;
    private readonly int[] _firstRow;
    private readonly int[] _base;
    private readonly int[] _variant;

    public BandedEditDistance(int[] reference, int hypothesisLength)
    {
        _reference = reference;
        _length = hypothesisLength;
        _slope = _length > 0 ? (double)reference.Length / _length : 1;
        // A reference many times as long would leave neighbouring rows without a common column.
        _beam = Beam < _slope / 2 ? (int)Math.Ceiling((_slope / 2) + Beam) : Beam;
        _stride = (2 * _beam) + 2;
        _firstRow = [.. Enumerable.Range(0, reference.Length + 1)];
        _base = new int[(_length + 1) * _stride];
        _variant = new int[(_length + 1) * _stride];
    }

    /// <summary>The distance of a hypothesis whose rows are kept for <see cref="Variant"/> and <see cref="Trace"/>.</summary>
    public int Base(ReadOnlySpan<int> hypothesis)
    {
        for (var i = 1; i <= _length; i++) FillRow(hypothesis[i - 1], i, Row(_base, i - 1), Row(_base, i));
        return Row(_base, _length)[^1];
    }

    /// <summary>The distance of a hypothesis that begins with the same <paramref name="common"/> words as the base.</summary>
    public int Variant(ReadOnlySpan<int> hypothesis, int common)
    {
        for (var i = common + 1; i <= _length; i++)
        {
            FillRow(hypothesis[i - 1], i, Row(i - 1 == common ? _base : _variant, i - 1), Row(_variant, i));
        }

        return Row(common == _length ? _base : _variant, _length)[^1];
    }

    /// <summary>The cheapest edits from base to reference, first edit first: a step to the right, down, or both.</summary>
    /// <remarks>Of equally cheap edits tercom prefers a match or substitution, then dropping a hypothesis word.</remarks>
    public List<Edit> Trace(ReadOnlySpan<int> hypothesis)
    {
        var edits = new List<Edit>(_length + _reference.Length);
        for (var (i, j) = (_length, _reference.Length); i > 0 || j > 0;)
        {
            var edit = i == 0 ? Edit.AddReferenceWord : j == 0 ? Edit.DropHypothesisWord : Cheapest(hypothesis[i - 1], i, j);
            edits.Add(edit);
            if (edit != Edit.AddReferenceWord) i--;
            if (edit != Edit.DropHypothesisWord) j--;
        }

        edits.Reverse();
        return edits;
    }

    private Edit Cheapest(int word, int i, int j)
    {
        var cost = At(i, j);
        var matches = word == _reference[j - 1];
        if (At(i - 1, j - 1) + (matches ? 0 : 1) == cost) return matches ? Edit.Match : Edit.Substitute;
        return At(i - 1, j) + 1 == cost ? Edit.DropHypothesisWord : Edit.AddReferenceWord;
    }

    private int At(int i, int j)
    {
        var (first, end) = Band(i);
        return j < first || j >= end ? Unreached : Row(_base, i)[j - first];
    }

    // cost(i, j) = min(cost(i-1, j-1) + [words differ], cost(i-1, j) + 1, cost(i, j-1) + 1)
    private void FillRow(int word, int i, ReadOnlySpan<int> above, Span<int> row)
    {
        var (first, end) = Band(i);
        var (firstAbove, _) = Band(i - 1);
        var left = Unreached;
        for (var j = first; j < end; j++)
        {
            var up = j - firstAbove;
            var cost = Math.Min(up < above.Length ? above[up] : Unreached, left) + 1;
            if (j > 0 && up - 1 >= 0 && up - 1 < above.Length)
            {
                cost = Math.Min(cost, above[up - 1] + (word == _reference[j - 1] ? 0 : 1));
            }

            row[j - first] = left = Math.Min(cost, Unreached);
        }
    }

    private Span<int> Row(int[] rows, int i)
    {
        if (i == 0) return _firstRow;
        var (first, end) = Band(i);
        return rows.AsSpan(i * _stride, Math.Max(0, end - first));
    }

    /// <summary>The columns [First, End) of row i: all of row 0, and in the last row up to the end.</summary>
    private (int First, int End) Band(int i)
    {
        var columns = _reference.Length + 1;
        if (i == 0) return (0, columns);
        var diagonal = (int)Math.Floor(i * _slope);
        return (Math.Max(0, diagonal - _beam), i == _length ? columns : Math.Min(columns, diagonal + _beam));
    }

    internal enum Edit
    {
        Match,
        Substitute,
        DropHypothesisWord,
        AddReferenceWord,
    }
}
