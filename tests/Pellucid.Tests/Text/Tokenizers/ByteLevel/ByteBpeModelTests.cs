using System.Text;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Tests.Text.Tokenizers.ByteLevel;

public sealed class ByteBpeModelTests
{
    [Fact]
    public void EveryTextComesBackAndRangesLieInTheText()
    {
        foreach (var tokenizer in (Tokenizer[])[SomeByteLevel.Tokenizer(), SomeByteLevel.Tokenizer(new PreTokenizer.Cl100kWords())])
            foreach (var text in SomeText.Random(2000, seed: 11)) ByteLevelRoundTrip.Check(tokenizer, text);
    }

    [Fact]
    public void ALoneSurrogateComesBackAsTheReplacementCharacter()
    {
        var tokenizer = SomeByteLevel.Tokenizer();
        foreach (var (text, repaired) in new[] { ("a\uD83D", "a\uFFFD"), ("\uDE00b", "\uFFFDb"), ("\uDE00\uD83D", "\uFFFD\uFFFD"), ("x\uD83D\uD83D\uDE00", "x\uFFFD\U0001F600") })
            Assert.Equal(repaired, tokenizer.Decode(tokenizer.EncodeToIds(text)));
    }

    [Fact]
    public void TheBytesOfOneCharacterShareItsRange()
    {
        var tokenizer = SomeByteLevel.Tokenizer(size: 257);
        var encoding = tokenizer.Encode("a\u00E9\U0001F600b");
        Assert.Equal([(0, 1), (1, 1), (1, 1), (2, 2), (2, 2), (2, 2), (2, 2), (4, 1)], encoding.Offsets.Select(span => (span.Start, span.Length)));
    }

    [Fact]
    public void AStreamNeverGivesHalfACharacter()
    {
        var tokenizer = SomeByteLevel.Tokenizer(size: 257);
        var stream = tokenizer.StartDecoding();
        Assert.Equal(["a", "", "\u00E9", "", "", "", "\U0001F600", "b"], tokenizer.EncodeToIds("a\u00E9\U0001F600b").Select(stream.Push));
        Assert.Equal("", stream.Push(tokenizer.EncodeToIds("\u00E9")[0]));
        Assert.Equal("\uFFFD", stream.Finish());
    }

    [Fact]
    public void APieceOutsideTheAlphabetIsText()
    {
        var chain = new DecoderStep.Sink();
        var step = new Pellucid.Text.Tokenizers.Decoder.ByteLevel().Start(chain);
        foreach (var piece in (string[])["\u0120a", "\u4E2D \u6587", "\u00C3", "\u4E2D", "\u00C3"]) step.Push(piece);
        step.Finish();
        Assert.Equal(" a\u4E2D \u6587\uFFFD\u4E2D\uFFFD", chain.Take());
    }

    [Fact]
    public void MergesGoByRankAndNotById()
    {
        // "ab" is learned first and has the larger id.
        string[] pieces = [.. ByteAlphabet.InOrder.Select(value => ByteAlphabet.Spell([value])), "bc", "ab"];
        var model = new ByteBpeModel(new Vocabulary(pieces, SpecialTokens.None), [new("a", "b"), new("b", "c")]);
        Assert.Equal(["ab", "c"], Pieces(model, "abc"));
        var whole = new ByteBpeModel(new Vocabulary([.. pieces, "abc"], SpecialTokens.None), model.Merges, wholeWords: true);
        Assert.Equal(["abc"], Pieces(whole, "abc"));
        Assert.Equal(["ab", "c", "c"], Pieces(whole, "abcc"));
        Assert.Equal(["ab", "c"], Pieces(new ByteBpeModel(whole.Vocabulary, model.Merges), "abc"));
    }

    [Fact]
    public void RanksGiveWhatThePlainAlgorithmGives()
    {
        var random = new Random(8);
        for (var trial = 0; trial < 40; trial++)
        {
            var pieces = ByteAlphabet.InOrder.Select(value => ByteAlphabet.Spell([value])).ToList();
            while (pieces.Count < 300)
            {
                var piece = string.Concat(Enumerable.Range(0, random.Next(2, 7)).Select(_ => "abc"[random.Next(3)]));
                if (!pieces.Contains(piece)) pieces.Add(piece);
            }
            var model = ByteBpeModel.OfRanks(new Vocabulary(pieces, SpecialTokens.None));
            for (var n = 0; n < 40; n++)
            {
                var word = string.Concat(Enumerable.Range(0, random.Next(1, n % 8 == 0 ? 120 : 30)).Select(_ => "abc"[random.Next(3)]));
                Assert.Equal(PlainRanks(word, pieces), Pieces(model, word));
            }
        }
    }

    [Fact]
    public void AWordOfAMillionCharactersTakesWorkInProportionToItsLength()
    {
        var model = (ByteBpeModel)SomeByteLevel.Tokenizer().Model;
        var random = new Random(2);
        foreach (var length in (int[])[10_000, 1_000_000])
        {
            var word = string.Create(length, random, (span, source) =>
            {
                for (var i = 0; i < span.Length; i++) span[i] = "thelowrnis"[source.Next(10)];
            });
            var ids = model.Cut(word, out var pushes).ToArray();
            Assert.True(ids.Length < length);
            // A pair at each place, and two new ones for each merge.
            Assert.InRange(pushes, length / 100, length + 2 * (length - ids.Length));
        }
    }

    [Fact]
    public void ACachedWordAllocatesNothing()
    {
        var model = SomeByteLevel.Tokenizer().Model;
        var (ids, ranges) = (new List<int>(1000), new List<TextSpan>(1000));
        long Allocated()
        {
            ids.Clear();
            ranges.Clear();
            var before = GC.GetAllocatedBytesForCurrentThread();
            model.Encode(" lower", ids, null);
            model.Encode(" library", ids, ranges);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Allocated();
        Assert.Equal(0, Allocated());
        Assert.NotEmpty(ids);
    }

    [Fact]
    public void TheCacheGivesWhatItWasGivenHoweverFullItIs()
    {
        var cache = new WordCache();
        for (var round = 0; round < 2; round++)
            for (var n = 0; n < 200_000; n++)
            {
                var word = FormattableString.Invariant($"w{n}");
                var found = cache.Find(word);
                if (!found.IsEmpty) Assert.Equal([n, -n], found.ToArray());
                else cache.Add(word, [n, -n]);
            }
        cache.Add(new string('x', WordCache.LongestWord + 1), [1]);
        Assert.True(cache.Find(new string('x', WordCache.LongestWord + 1)).IsEmpty);
    }

    [Fact]
    public void ManyThreadsGetTheSameIds()
    {
        var tokenizer = SomeByteLevel.Tokenizer();
        var texts = SomeText.Random(300, seed: 5).ToArray();
        var alone = texts.Select(tokenizer.EncodeToIds).ToArray();
        var other = SomeByteLevel.Tokenizer();
        Parallel.For(0, 4 * texts.Length, n => Assert.Equal(alone[n % texts.Length], other.EncodeToIds(texts[n % texts.Length])));
    }

    [Fact]
    public void DropoutLeavesTheTextAsItIs()
    {
        var tokenizer = SomeByteLevel.Tokenizer();
        const string Text = "Where is the library, niño?";
        Assert.Equal(tokenizer.EncodeToIds(Text), tokenizer.EncodeToIds(Text, 0, 1));
        var drawn = Enumerable.Range(0, 20).Select(seed => tokenizer.EncodeToIds(Text, 0.3, (ulong)seed)).ToList();
        Assert.All(drawn, ids => Assert.Equal(Text, tokenizer.Decode(ids)));
        Assert.True(drawn.Select(ids => string.Join(' ', ids)).Distinct().Count() > 1);
    }

    private static List<string> Pieces(ByteBpeModel model, string word)
    {
        var ids = new List<int>();
        model.Encode(word, ids, null);
        return ids.ConvertAll(id => model.Vocabulary[id]);
    }

    /// <summary>tiktoken's way as it is described: a whole piece stays; otherwise the neighbours whose bytes together have the lowest rank are joined, leftmost first.</summary>
    private static List<string> PlainRanks(string word, List<string> pieces)
    {
        if (pieces.Contains(word)) return [word];
        var parts = Encoding.UTF8.GetBytes(word).Select(value => ByteAlphabet.Spell([value])).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, parts.Count - 1).Select(at => (Rank: (uint)pieces.IndexOf(parts[at] + parts[at + 1]), At: at)).DefaultIfEmpty((Rank: uint.MaxValue, At: 0)).Min();
            if (best.Rank == uint.MaxValue) return parts;
            parts[best.At] += parts[best.At + 1];
            parts.RemoveAt(best.At + 1);
        }
    }
}
