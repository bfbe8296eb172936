using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

public sealed class UnigramModelTests
{
    [Theory]
    [InlineData(0.5f, false)] // many sums are equal
    [InlineData(0.001f, false)] // many are so close that float32 decides, differently at the end of a text than at its start
    [InlineData(1e-6f, false)]
    [InlineData(0.5f, true)] // pieces with spaces inside: words cannot be looked at one by one
    public void RememberedWordsAreSegmentedAsTheWholeTextWouldBe(float step, bool spacesInside)
    {
        var random = new Random(8);
        for (var trial = 0; trial < 4; trial++)
        {
            var scores = new Dictionary<string, float>();
            for (var i = 0; i < 120; i++)
            {
                var piece = Word(random, spacesInside ? "abcd▁" : "abcd", 1, 5);
                scores[random.Next(3) == 0 ? "▁" + piece : piece] = -8 + step * random.Next(5);
            }
            var model = Model(scores);
            var text = string.Concat(Enumerable.Range(0, 1200).Select(_ => "▁" + Word(random, random.Next(9) == 0 ? "abcde😀" : "abcd", 1, 9)));
            var expected = PlainUnigram.Segment(text, scores, scores.Values.Min() - 10);
            for (var pass = 0; pass < 2; pass++) // the second finds all words remembered
                Assert.Equal(Fused(expected, scores), Pieces(model, text));
        }
    }

    // A run of unknown characters is one token.
    private static List<string> Fused(List<string> pieces, Dictionary<string, float> scores)
    {
        var fused = new List<string>();
        var afterUnknown = false;
        foreach (var piece in pieces)
        {
            var unknown = !scores.ContainsKey(piece);
            if (unknown && afterUnknown) fused[^1] += piece;
            else fused.Add(piece);
            afterUnknown = unknown;
        }
        return fused;
    }

    private static List<string> Pieces(UnigramModel model, string text)
    {
        var ids = new List<int>();
        var ranges = new List<Pellucid.Text.TextSpan>();
        model.Encode(text, ids, ranges);
        Assert.Equal(ids.Count, ranges.Count);
        return [.. ranges.Select(range => range.Of(text).ToString())];
    }

    private static UnigramModel Model(Dictionary<string, float> scores)
    {
        List<ModelPiece> pieces = [new("<unk>", 0, PieceType.Unknown), .. scores.Select(entry => new ModelPiece(entry.Key, entry.Value, PieceType.Normal))];
        var vocabulary = new Vocabulary([.. pieces.Select(piece => piece.Text)], SpecialTokens.None with { Unknown = "<unk>" });
        return new(vocabulary, pieces, new());
    }

    private static string Word(Random random, string alphabet, int least, int most)
    {
        var letters = alphabet.EnumerateRunes().ToList();
        return string.Concat(Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => letters[random.Next(letters.Count)].ToString()));
    }
}
