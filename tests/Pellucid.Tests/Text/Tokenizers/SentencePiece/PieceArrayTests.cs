using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

public sealed class PieceArrayTests
{
    [Theory]
    [InlineData("ab", 300)]
    [InlineData("abcdefghijklmnopqrstuvwxyz▁", 5000)]
    [InlineData("中文图书馆在哪里我很饿\ud83d\ude00x\uffff\u0001", 3000)]
    public void TheArrayFindsWhatTheTrieFinds(string alphabet, int count)
    {
        var random = new Random(count);
        var pieces = Enumerable.Range(0, count).Select(_ => Word(random, alphabet, 1, 12)).Distinct().Select((text, id) => (text, id)).ToList();
        var array = new PieceArray(pieces);
        var trie = new PieceTrie();
        foreach (var (text, id) in pieces) trie.Add(text, id);
        for (var trial = 0; trial < 3000; trial++)
        {
            var word = Word(random, alphabet + "?", 1, 16);
            int left = PieceArray.Root, right = PieceTrie.Root;
            foreach (var character in word)
            {
                var found = array.TryStep(ref left, character, out var piece);
                Assert.Equal(trie.TryStep(ref right, character, out var expected), found);
                if (!found) break;
                Assert.Equal(expected, piece);
            }
        }
    }

    [Fact]
    public void EveryCharacterMayBeAPieceOrNone()
    {
        var all = Enumerable.Range(0, 0x10000).Select(code => ((char)code).ToString()).ToList();
        var array = new PieceArray([.. all.Select((text, id) => (text, id)).Skip(1)]);
        for (var code = 1; code < 0x10000; code++)
        {
            var node = PieceArray.Root;
            Assert.True(array.TryStep(ref node, (char)code, out var piece));
            Assert.Equal(code, piece);
            Assert.False(array.TryStep(ref node, 'a', out _));
        }
        var start = PieceArray.Root;
        Assert.False(array.TryStep(ref start, '\0', out _));
        Assert.False(new PieceArray([]).TryStep(ref start, 'a', out _));
    }

    private static string Word(Random random, string alphabet, int least, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => alphabet[random.Next(alphabet.Length)]));
}
