namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>
/// How often each piece is expected in the text, over all segmentations of each word: the E step, by sums over all paths from the
/// start (alpha) and from the end (beta). Kudo 2018, section 3.2. The words are added up in a fixed number of parts, so that the sums do not
/// depend on the number of threads.
/// </summary>
internal sealed class Expectation
{
    private const int Parts = 8;

    // A sum that falls below the first is multiplied by its inverse, which is counted: long words have probabilities beyond float64.
    private const int Shift = 300;
    private static readonly double Small = Math.ScaleB(1, -Shift);
    private static readonly double Great = Math.ScaleB(1, Shift);

    private readonly TrainingModel _model;
    private readonly double[] _expected;
    private readonly List<TrainingModel.Edge> _edges = [];
    private double[] _alpha = new double[64], _beta = new double[64];
    private int[] _alphaShift = new int[64], _betaShift = new int[64];
    private double _likelihood;

    private Expectation(TrainingModel model)
    {
        _model = model;
        _expected = new double[model.Pieces.Count];
    }

    /// <returns>The expected counts, and the logarithm of the text's probability.</returns>
    public static (double[] Expected, double Likelihood) Of(TrainingModel model, IReadOnlyList<(string Text, long Count)> words, int? threads, CancellationToken cancellation)
    {
        var parts = new Expectation[Parts];
        Parallel.For(0, Parts, new ParallelOptions { MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount, CancellationToken = cancellation }, part =>
        {
            var own = parts[part] = new Expectation(model);
            for (var i = part; i < words.Count; i += Parts)
            {
                own.Add(words[i].Text, words[i].Count);
                if (i / Parts % 4096 == 0) cancellation.ThrowIfCancellationRequested();
            }
        });
        var expected = parts[0]._expected;
        for (var part = 1; part < Parts; part++)
            for (var i = 0; i < expected.Length; i++) expected[i] += parts[part]._expected[i];
        return (expected, parts.Sum(part => part._likelihood));
    }

    private void Add(string word, long count)
    {
        _model.Edges(word, _edges);
        if (_alpha.Length <= word.Length)
        {
            _alpha = new double[2 * word.Length];
            _beta = new double[2 * word.Length];
            _alphaShift = new int[2 * word.Length];
            _betaShift = new int[2 * word.Length];
        }
        Forwards(word.Length);
        Backwards(word.Length);
        var all = _alpha[word.Length];
        var allShift = _alphaShift[word.Length];
        _likelihood += count * (Math.Log(all) - allShift * Shift * Math.Log(2));
        foreach (var edge in _edges)
        {
            if (edge.Piece == TrainingModel.Unknown) continue;
            var share = _alpha[edge.Start] * _model.Probability(edge.Piece) * _beta[edge.End];
            var shift = allShift - _alphaShift[edge.Start] - _betaShift[edge.End];
            if (shift != 0) share = Math.ScaleB(share, Shift * shift);
            _expected[edge.Piece] += count * (share / all);
        }
    }

    // alpha(j) = sum over edges i -> j of alpha(i) p(i, j)
    private void Forwards(int length)
    {
        Array.Clear(_alpha, 0, length + 1);
        _alpha[0] = 1;
        int shift = 0, at = -1;
        foreach (var edge in _edges)
        {
            while (at < edge.Start) Settle(++at, length, ref shift);
            _alpha[edge.End] += _alpha[edge.Start] * _model.Probability(edge.Piece);
        }
        while (at < length) Settle(++at, length, ref shift);
    }

    // No edge that ends here comes any more. Where all that is at hand is small, it is shifted, with what was added behind.
    private void Settle(int at, int length, ref int shift)
    {
        if (_alpha[at] < Small)
        {
            var window = _alpha.AsSpan(at, Math.Min(length - at, _model.LongestPiece) + 1);
            var most = 0.0;
            foreach (var sum in window) most = Math.Max(most, sum);
            if (most is > 0 && most < Small)
            {
                foreach (ref var sum in window) sum *= Great;
                shift++;
            }
        }
        _alphaShift[at] = shift;
    }

    // beta(i) = sum over edges i -> j of p(i, j) beta(j)
    private void Backwards(int length)
    {
        Array.Clear(_beta, 0, length + 1);
        _beta[length] = 1;
        _betaShift[length] = 0;
        for (var i = _edges.Count - 1; i >= 0;)
        {
            var start = _edges[i].Start;
            var shift = int.MaxValue;
            var first = i;
            for (; first >= 0 && _edges[first].Start == start; first--) shift = Math.Min(shift, _betaShift[_edges[first].End]);
            var sum = 0.0;
            for (; i > first; i--)
            {
                var (_, end, piece) = _edges[i];
                var beta = _beta[end];
                if (_betaShift[end] != shift) beta = Math.ScaleB(beta, Shift * (shift - _betaShift[end]));
                sum += _model.Probability(piece) * beta;
            }
            if (sum is > 0 && sum < Small)
            {
                sum *= Great;
                shift++;
            }
            _beta[start] = sum;
            _betaShift[start] = shift;
        }
    }
}
