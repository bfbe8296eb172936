using System.Text;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

/// <summary>
/// The best segmentation as SentencePiece 0.1.97 finds it, in so many words: from left to right over the whole text, sums kept in float32,
/// compared in float64, the first of equals kept. The naive twin of UnigramModel, which looks at words and remembers them.
/// </summary>
internal static class PlainUnigram
{
    public static List<string> Segment(string text, IReadOnlyDictionary<string, float> scores, float unknown)
    {
        var longest = scores.Keys.Max(piece => piece.Length);
        var best = new (float Score, int Start)[text.Length + 1];
        for (var i = 1; i < best.Length; i++) best[i].Start = -1;
        for (var start = 0; start < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(start), out _, out var single);
            for (var end = start + 1; end <= Math.Min(text.Length, start + longest); end++)
            {
                if (!scores.TryGetValue(text[start..end], out var score)) continue;
                var sum = (double)score + best[start].Score;
                if (best[end].Start < 0 || sum > best[end].Score) best[end] = ((float)sum, start);
            }
            if (!scores.ContainsKey(text.Substring(start, single)))
            {
                var sum = unknown + best[start].Score;
                if (best[start + single].Start < 0 || sum > best[start + single].Score) best[start + single] = (sum, start);
            }
            start += single;
        }
        var pieces = new List<string>();
        for (var end = text.Length; end > 0; end = best[end].Start) pieces.Add(text[best[end].Start..end]);
        pieces.Reverse();
        return pieces;
    }
}
