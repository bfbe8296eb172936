using System.Text;

namespace Pellucid.Text.Tokenizers.SentencePiece;

/// <summary>All segmentations of a text: a node for each piece at each place, an unknown node where no piece is one character long.</summary>
internal sealed class UnigramLattice
{
    // As in SentencePiece: an agenda that grows beyond the first is cut down to the second.
    private const int LargestAgenda = 100_000, CutAgenda = 512;

    private readonly List<Node> _nodes = [];
    private readonly List<int>[] _ending; // nodes by the position where they end, the shortest last

    private record struct Node(int Start, int End, int Piece, float Score, float Backtrace);

    /// <summary>Takes the nodes of each word; none crosses from one into the next.</summary>
    public UnigramLattice(UnigramModel model, int unknown, ReadOnlySpan<char> text, IReadOnlyList<TextSpan> words)
    {
        Length = text.Length;
        _ending = new List<int>[text.Length + 1];
        foreach (var word in words) Populate(model, unknown, text[..word.End], word.Start);
    }

    public int Length { get; }

    /// <summary>
    /// Up to <paramref name="count"/> segmentations, the most probable first, each with the sum of its scores: A* from the end of the
    /// text, whose estimate of what is left to do, the best path from the start, is exact.
    /// </summary>
    public List<(int[] Pieces, float Score)> Best(int count)
    {
        FindBestPaths();
        var results = new List<(int[], float)>();
        var hypotheses = new List<(int Node, int Next, float Score)>();
        var agenda = new PriorityQueue<int, (float, int)>();
        Expand(Length, -1, 0f, hypotheses, agenda);
        while (results.Count < count && agenda.TryDequeue(out var top, out _))
        {
            var (node, _, score) = hypotheses[top];
            if (_nodes[node].Start == 0)
            {
                var pieces = new List<int>();
                for (var at = top; at >= 0; at = hypotheses[at].Next) pieces.Add(_nodes[hypotheses[at].Node].Piece);
                results.Add(([.. pieces], score));
                continue;
            }
            Expand(_nodes[node].Start, top, score, hypotheses, agenda);
            if (agenda.Count < LargestAgenda) continue;
            var kept = new PriorityQueue<int, (float, int)>();
            for (var left = Math.Min(CutAgenda, 10L * count); left > 0 && agenda.TryDequeue(out var item, out var priority); left--) kept.Enqueue(item, priority);
            agenda = kept;
        }
        return results;
    }

    /// <summary>
    /// One segmentation, drawn with a probability proportional to its own to the power of <paramref name="alpha"/>: sums over all paths
    /// forwards, then a choice at each place backwards. Kudo 2018, section 3.1 (l = infinity).
    /// </summary>
    public int[] Sample(double alpha, ref TokenRandom random)
    {
        var sums = new double[Length + 1]; // the logarithm of the sum over all paths to here
        var terms = new List<double>();
        for (var end = 1; end <= Length; end++)
        {
            if (_ending[end] is null) continue;
            Terms(end, alpha, sums, terms);
            var most = terms.Max();
            sums[end] = most + Math.Log(terms.Sum(term => Math.Exp(term - most)));
        }
        var pieces = new List<int>();
        for (var end = Length; end > 0;)
        {
            Terms(end, alpha, sums, terms);
            var left = random.NextUnit();
            var chosen = 0;
            for (; chosen < terms.Count - 1; chosen++)
            {
                left -= Math.Exp(terms[chosen] - sums[end]);
                if (left < 0) break;
            }
            var node = _nodes[_ending[end][chosen]];
            pieces.Add(node.Piece);
            end = node.Start;
        }
        pieces.Reverse();
        return [.. pieces];
    }

    private void Terms(int end, double alpha, double[] sums, List<double> terms)
    {
        terms.Clear();
        foreach (var index in _ending[end]) terms.Add(sums[_nodes[index].Start] + alpha * _nodes[index].Score);
    }

    private void Populate(UnigramModel model, int unknown, ReadOnlySpan<char> text, int start)
    {
        while (start < text.Length)
        {
            _ = Rune.DecodeFromUtf16(text[start..], out _, out var single);
            var hasSingle = false;
            var node = PieceArray.Root;
            for (var end = start; end < text.Length && model.Trie.TryStep(ref node, text[end++], out var piece);)
            {
                if (piece == PieceArray.None) continue;
                Add(start, end, piece, (float)model.ScoreOf(piece));
                hasSingle |= end - start == single;
            }
            if (!hasSingle) Add(start, start + single, unknown, (float)model.ScoreOf(unknown));
            start += single;
        }
    }

    private void Add(int start, int end, int piece, float score)
    {
        (_ending[end] ??= []).Add(_nodes.Count);
        _nodes.Add(new(start, end, piece, score, 0));
    }

    private void FindBestPaths()
    {
        for (var i = 0; i < _nodes.Count; i++)
        {
            var node = _nodes[i]; // nodes come in the order of their starts: all that end there are done
            _nodes[i] = node with { Backtrace = node.Start == 0 ? node.Score : _ending[node.Start].Max(index => _nodes[index].Backtrace) + node.Score };
        }
    }

    private void Expand(int end, int next, float score, List<(int, int, float)> hypotheses, PriorityQueue<int, (float, int)> agenda)
    {
        foreach (var index in _ending[end])
        {
            var node = _nodes[index];
            agenda.Enqueue(hypotheses.Count, (-(node.Backtrace + score), hypotheses.Count));
            hypotheses.Add((index, next, node.Score + score));
        }
    }
}
