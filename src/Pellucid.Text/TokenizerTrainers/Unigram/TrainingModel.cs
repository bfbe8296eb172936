using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>The pieces of one round of training, with the logarithm of each one's probability.</summary>
internal sealed class TrainingModel
{
    public const int Unknown = -1;
    private const double UnknownPenalty = 10;

    private readonly PieceTrie _trie;
    private readonly double[] _probabilities;
    private readonly double _unknownScore;

    public TrainingModel(IReadOnlyList<string> pieces, double[] scores)
    {
        Pieces = pieces;
        Scores = scores;
        LeastScore = scores.Min();
        LongestPiece = Math.Max(pieces.Max(piece => piece.Length), 2);
        _unknownScore = LeastScore - UnknownPenalty;
        _probabilities = [.. scores.Select(Math.Exp)];
        _trie = new PieceTrie(pieces.Sum(piece => piece.Length) / 2);
        for (var i = 0; i < pieces.Count; i++) _trie.Add(pieces[i], i);
    }

    public IReadOnlyList<string> Pieces { get; }
    public double[] Scores { get; }
    public double LeastScore { get; }

    /// <summary>In UTF-16 characters; an unknown one has up to 2.</summary>
    public int LongestPiece { get; }

    /// <summary>One piece at one place of a word.</summary>
    public readonly record struct Edge(int Start, int End, int Piece);

    public double Score(int piece) => piece == Unknown ? _unknownScore : Scores[piece];

    public double Probability(int piece) => piece == Unknown ? Math.Exp(_unknownScore) : _probabilities[piece];

    /// <summary>All pieces of a word, by their starts; an unknown one where no piece is one character long.</summary>
    public void Edges(string word, List<Edge> edges)
    {
        edges.Clear();
        for (var start = 0; start < word.Length;)
        {
            var single = char.IsHighSurrogate(word[start]) ? 2 : 1;
            var hasSingle = false;
            var node = PieceTrie.Root;
            for (var end = start; end < word.Length && _trie.TryStep(ref node, word[end++], out var piece);)
            {
                if (piece == PieceTrie.None) continue;
                edges.Add(new(start, end, piece));
                hasSingle |= end - start == single;
            }
            if (!hasSingle) edges.Add(new(start, start + single, Unknown));
            start += single;
        }
    }

    /// <summary>The best path through a word's edges, from its end to its start, without one piece.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Best(int length, List<Edge> edges, int without, List<int> path)
    {
        Span<double> best = length < 256 ? stackalloc double[length + 1] : new double[length + 1];
        Span<int> chosen = length < 256 ? stackalloc int[length + 1] : new int[length + 1];
        best.Fill(double.NegativeInfinity);
        best[0] = 0;
        for (var i = 0; i < edges.Count; i++)
        {
            var edge = edges[i];
            if (edge.Piece == without && without != Unknown) continue;
            var score = best[edge.Start] + Score(edge.Piece);
            if (score > best[edge.End]) (best[edge.End], chosen[edge.End]) = (score, i);
        }
        path.Clear();
        if (double.IsNegativeInfinity(best[length])) return false;
        for (var end = length; end > 0; end = edges[chosen[end]].Start) path.Add(edges[chosen[end]].Piece);
        return true;
    }
}
