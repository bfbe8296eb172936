using Pellucid.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;
using Pellucid.Tests.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers;

public sealed class TokenizerTests
{
    private static readonly Tokenizer Plain = BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 380 });

    private static readonly Tokenizer Normalizing = BpeTrainer.Train(SomeText.Lines, new()
    {
        VocabularySize = 380, Normalizer = Normalizer.Parse("strip,collapse-whitespace,nfkc,lowercase"),
    });

    [Fact]
    public void ASentenceIsWordsWithTheirSpacesAndSignsApart()
    {
        var encoding = BpeTrainer.Train(Enumerable.Repeat("You are welcome.", 10), new() { VocabularySize = 400 }).Encode("You are welcome.");
        Assert.Equal(["▁You", "▁are", "▁welcome", "."], encoding.Pieces);
        Assert.Equal([new TextSpan(0, 3), new TextSpan(3, 4), new TextSpan(7, 8), new TextSpan(15, 1)], encoding.Offsets);
    }

    [Fact]
    public void DecodingRestoresAnyText()
    {
        foreach (var text in SomeText.Random(5000, seed: 1))
        {
            Assert.Equal(text, Plain.Decode(Plain.EncodeToIds(text)));
            Assert.Equal(Normalizing.Normalizer.Normalize(text).Text, Normalizing.Decode(Normalizing.EncodeToIds(text)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("   leading and trailing  ")]
    [InlineData("▁ is a sign too ▁▁")]
    [InlineData("\n\r\n\t")]
    [InlineData("</s><pad><0x0A>")]
    public void DecodingRestoresTheTextsThatOtherTokenizersLose(string text) => Assert.Equal(text, Plain.Decode(Plain.EncodeToIds(text)));

    [Fact]
    public void OffsetsLieInsideTheTextAndCoverItInOrder()
    {
        foreach (var tokenizer in (Tokenizer[])[Plain, Normalizing])
        {
            foreach (var text in SomeText.Random(2000, seed: 2))
            {
                var encoding = tokenizer.Encode(text);
                Assert.Equal(tokenizer.EncodeToIds(text), encoding.Ids);
                Assert.Equal(encoding.Ids.Length, encoding.Offsets.Length);
                var covered = 0;
                foreach (var span in encoding.Offsets)
                {
                    Assert.InRange(span.Start, 0, text.Length);
                    Assert.InRange(span.End, span.Start, text.Length);
                    // Between two ranges nothing is left out, unless the normaliser removed it.
                    if (tokenizer == Plain) Assert.InRange(span.Start, 0, covered);
                    covered = Math.Max(covered, span.End);
                }
                if (tokenizer == Plain) Assert.Equal(text.Length, covered);
            }
        }
    }

    [Fact]
    public void OffsetsPointIntoTheTextBeforeNormalisation()
    {
        var encoding = Normalizing.Encode("  THE   ﬁ");
        Assert.Equal("▁the", encoding.Pieces[0]);
        Assert.Equal(new TextSpan(2, 3), encoding.Offsets[0]);
        Assert.Equal(9, encoding.Offsets[^1].End);
    }

    [Fact]
    public void PiecesAreThoseOfThePlainAlgorithm()
    {
        var merges = ((BpeModel)Plain.Model).Merges.Select(merge => (merge.Left, merge.Right)).ToList();
        var random = new Random(4);
        for (var trial = 0; trial < 300; trial++)
        {
            // Letters that occur in training; words on both sides of the length from which the heap is used.
            var word = string.Concat(Enumerable.Range(0, random.Next(1, 120)).Select(_ => "thesrnialow"[random.Next(11)]));
            var expected = PlainBpe.Cut(("▁" + word).Select(letter => letter.ToString()), merges);
            Assert.Equal(expected, Plain.Encode(word).Pieces);
        }
    }

    [Fact]
    public void StreamingGivesTheSameTextAndNeverHalfACharacter()
    {
        foreach (var text in SomeText.Random(1000, seed: 6))
        {
            var parts = Stream(Plain.EncodeToIds(text), skipSpecial: true);
            Assert.Equal(text, string.Concat(parts));
            Assert.All(parts, part => Assert.False(part.Length > 0 && (char.IsHighSurrogate(part[^1]) || char.IsLowSurrogate(part[0]))));
        }
    }

    [Fact]
    public void StreamingEqualsDecodingForAnyIds()
    {
        var random = new Random(8);
        for (var trial = 0; trial < 1000; trial++)
        {
            var ids = Enumerable.Range(0, 12).Select(_ => random.Next(Plain.VocabularySize)).ToArray();
            foreach (var skip in (bool[])[true, false]) RandomPipeline.CheckStream(Plain, ids, PlainDecoding.Metaspace(Plain, ids, skip), skip);
        }
    }

    private static List<string> Stream(int[] ids, bool skipSpecial)
    {
        var stream = Plain.StartDecoding(skipSpecial);
        var parts = ids.Select(stream.Push).ToList();
        parts.Add(stream.Finish());
        return parts;
    }

    [Fact]
    public void BytesThatAreNoCharacterBecomeTheReplacementCharacter()
    {
        var bad = Plain.Vocabulary.IdOf("<0xC3>");
        Assert.Equal("\uFFFD", Plain.Decode([bad]));
        Assert.Equal("\uFFFD the", Plain.Decode([bad, Plain.Vocabulary.IdOf("▁the")]));
        Assert.Equal("é", Plain.Decode([bad, Plain.Vocabulary.IdOf("<0xA9>")]));
    }

    [Theory]
    [InlineData("E5 8F 61", "\uFFFD\uFFFDa")]
    [InlineData("E5 8F", "\uFFFD\uFFFD")]
    [InlineData("F0 9F 98 C3 A9", "\uFFFD\uFFFD\uFFFDé")]
    [InlineData("ED A0 80 F4 90 80 80", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD")]
    [InlineData("C0 80 F0 9F 98 80 FF", "\uFFFD\uFFFD😀\uFFFD")]
    public void EachByteThatIsPartOfNoCharacterBecomesOneReplacementCharacter(string bytes, string expected)
    {
        Assert.Equal(expected, PlainDecoding.Utf8(Convert.FromHexString(bytes.Replace(" ", ""))));
        RandomPipeline.CheckStream(Plain, [.. bytes.Split(' ').Select(value => Plain.Vocabulary.IdOf($"<0x{value}>"))], expected);
    }

    [Fact]
    public void SpecialTokensAreSkippedOrShown()
    {
        int[] ids = [Plain.BeginOfSentenceId, .. Plain.EncodeToIds("the"), Plain.EndOfSentenceId, Plain.PaddingId];
        Assert.Equal("the", Plain.Decode(ids));
        Assert.Equal("<s> the</s><pad>", Plain.Decode(ids, skipSpecial: false));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(380)]
    [InlineData(int.MaxValue)]
    public void AnIdOutsideTheVocabularyIsNamed(int id)
    {
        var error = Assert.Throws<TokenizerException>(() => Plain.Decode([id]));
        Assert.Contains(id.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DropoutVariesThePiecesButNeverTheText()
    {
        const string text = "Where is the library, the newest and the widest?";
        var usual = Plain.EncodeToIds(text);
        var drawn = Enumerable.Range(0, 50).Select(seed => Plain.EncodeToIds(text, 0.3, (ulong)seed)).ToList();
        Assert.All(drawn, ids => Assert.Equal(text, Plain.Decode(ids)));
        Assert.All(drawn, ids => Assert.True(ids.Length >= usual.Length));
        Assert.True(drawn.Select(ids => string.Join(' ', ids)).Distinct().Count() > 25);
        for (var seed = 0; seed < 50; seed++) Assert.Equal(drawn[seed], Plain.EncodeToIds(text, 0.3, (ulong)seed));
    }

    [Fact]
    public void DropoutOfNothingIsNoDropoutAndOfNearlyAllIsCharacters()
    {
        const string text = "the widest library";
        Assert.Equal(Plain.EncodeToIds(text), Plain.EncodeToIds(text, 0, seed: 9));
        Assert.Equal(Plain.EncodeToIds(text), Plain.EncodeToIds(text, 1e-12, seed: 9));
        Assert.Equal(text.Length + 1, Plain.EncodeToIds(text, 1 - 1e-12, seed: 9).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => Plain.EncodeToIds(text, 1, seed: 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => Plain.EncodeToIds(text, double.NaN, seed: 9));
        Assert.Throws<TokenizerException>(() => WordTrainer.Train(SomeText.Lines).EncodeToIds(text, 0.1, seed: 9));
    }

    [Fact]
    public void ConcurrentCallersGetWhatOneCallerGets()
    {
        var fresh = BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 380 });
        var texts = SomeText.Random(500, seed: 10).ToList();
        var expected = texts.ConvertAll(text => string.Join(' ', Plain.EncodeToIds(text)));
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < texts.Count; i++)
            {
                var at = (i * 7 + thread) % texts.Count;
                Assert.Equal(expected[at], string.Join(' ', fresh.EncodeToIds(texts[at])));
            }
        });
    }

    [Fact]
    public void ALongWordTakesNoQuadraticTime()
    {
        var word = string.Concat(Enumerable.Repeat("thelowestnewest", 20_000));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(word, Plain.Decode(Plain.EncodeToIds(word)));
        Assert.Equal(word, Plain.Decode(Plain.EncodeToIds(word, 0.1, seed: 1)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}"); // quadratic time would be hours
    }
}
