using Pellucid.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers;

/// <summary>The stages that tokenizers of other makes bring along, put together by hand.</summary>
public class PipelineTests
{
    private static readonly string[] Pieces = ["[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁the", "the", "▁cat", "cat", "▁sat", "▁", "tag"];
    private static readonly Vocabulary Words = new(Pieces, SpecialTokens.None with { Unknown = "[UNK]", Additional = ["[CLS]", "[SEP]", "[MASK]"] });

    private static Tokenizer Make(PrependScheme prepend = PrependScheme.Always, Normalizer? normalizer = null, params AddedToken[] added) => new(new()
    {
        AddedTokens = added, Normalizer = normalizer ?? Normalizer.None, PreTokenizer = new PreTokenizer.Metaspace(prepend),
        Model = new WordModel(Words, new Spacing.Verbatim()), Decoder = new Decoder.Metaspace(),
        PostProcessor = new PostProcessor.Template(
            [Special("[CLS]", 1), new TemplatePart.Text(false, 0), Special("[SEP]", 2)],
            [Special("[CLS]", 1), new TemplatePart.Text(false, 0), Special("[SEP]", 2), new TemplatePart.Text(true, 1), Special("[SEP]", 2, type: 1)]),
    });

    private static TemplatePart.Special Special(string piece, int id, int type = 0) => new(piece, [id], [piece], type);

    [Fact]
    public void MetaspaceBeginsEveryWordAndKeepsTheWayBack()
    {
        var tokenizer = Make();
        var encoding = tokenizer.Encode("the cat  sat");
        Assert.Equal(["▁the", "▁cat", "▁", "▁sat"], encoding.Pieces);
        Assert.Equal([new(0, 3), new(3, 4), new(7, 1), new(8, 4)], encoding.Offsets);
        Assert.Equal("the cat  sat", tokenizer.Decode(encoding.Ids));
    }

    [Fact]
    public void AnAddedTokenIsFoundBeforeAnythingElseAndTakesTheSpaceThatItMay()
    {
        var mask = new AddedToken("[MASK]", 3) { StripLeft = true, Special = true };
        var encoding = Make(added: mask).Encode("the  [MASK] sat");
        Assert.Equal(["▁the", "[MASK]", "▁sat"], encoding.Pieces);
        Assert.Equal([new(0, 3), new(3, 8), new(11, 4)], encoding.Offsets);
        Assert.Equal([0], Make(added: mask).EncodeToIds("[MASK]", new EncodeOptions { ReadSpecialTokens = false }));
    }

    [Fact]
    public void TextOfStrangersWritesNoSpecialTokenAndTheFileKeepsThem()
    {
        var tokenizer = Make(added: [new AddedToken("[MASK]", 3) { Special = true }, new AddedToken("tag", 10)]).WithoutReadingSpecialTokens();
        Assert.Equal([0], tokenizer.EncodeToIds("[MASK]"));
        Assert.Equal([10], tokenizer.EncodeToIds("tag")); // an ordinary added token is text
        Assert.Equal(2, tokenizer.AddedTokens.Count);
        Assert.Same(tokenizer, tokenizer.WithoutReadingSpecialTokens());
    }

    [Fact]
    public void DropoutLeavesAddedTokensWhole()
    {
        var tokenizer = Pellucid.Text.TokenizerTrainers.ByteBpeTrainer.Train(["some text, some more text"],
            new() { VocabularySize = 270, SpecialTokens = SpecialTokens.None with { EndOfSentence = "<|end|>" } });
        for (var seed = 0ul; seed < 20; seed++) Assert.Equal(0, tokenizer.EncodeToIds("text<|end|>", 0.9, seed)[^1]);
        Assert.Equal(tokenizer.EncodeToIds("text<|end|>"), Reloaded(tokenizer).EncodeToIds("text<|end|>"));
    }

    private static Tokenizer Reloaded(Tokenizer tokenizer)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        try
        {
            tokenizer.Save(path);
            return Tokenizer.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void OnlyTheFirstSectionGetsASpaceWhereTheSchemeSaysFirst()
    {
        var encoding = Make(PrependScheme.First, added: new AddedToken("[MASK]", 3)).Encode("the[MASK]cat");
        Assert.Equal(["▁the", "[MASK]", "cat"], encoding.Pieces);
        Assert.Equal(["▁the", "[MASK]", "▁cat"], Make(PrependScheme.Always, added: new AddedToken("[MASK]", 3)).Encode("the[MASK]cat").Pieces);
        Assert.Equal(["the"], Make(PrependScheme.Never).Encode("the").Pieces);
    }

    [Fact]
    public void ASingleWordTokenIsNotFoundInsideAnother()
    {
        var tokenizer = Make(added: new AddedToken("tag", 10) { SingleWord = true });
        Assert.Equal([10], tokenizer.EncodeToIds("tag"));
        Assert.DoesNotContain(10, tokenizer.EncodeToIds("tags _tag tag\u0301"));
    }

    [Fact]
    public void ANormalizedTokenIsFoundInTheNormalizedText()
    {
        var tokenizer = Make(normalizer: new Normalizer.Lowercase(), added: new AddedToken("tag", 10) { Normalized = true });
        var encoding = tokenizer.Encode("the TAG");
        Assert.Equal(["▁the", "▁", "tag"], encoding.Pieces);
        Assert.Equal([new(0, 3), new(3, 1), new(4, 3)], encoding.Offsets);
    }

    [Fact]
    public void TheLongestTokenThatBeginsAtAPlaceIsTaken()
    {
        var splitter = new AddedTokenSplitter([("<a>", new("<a>", 1)), ("<a><b>", new("<a><b>", 2))]);
        Assert.Equal([2, 1], splitter.Split("x<a><b><a>").Select(part => part.Token?.Id).OfType<int>());
    }

    [Fact]
    public void TokensAreFoundAsWhenEachIsLookedForAlone()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 500; trial++)
        {
            var spellings = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Letters(random.Next(1, 5))).ToArray(); // some twice: the first counts
            var text = Letters(40);
            var expected = new List<(TextSpan, int?)>();
            var (done, at) = (0, 0);
            while (at < text.Length)
            {
                var found = Enumerable.Range(0, spellings.Length).Where(id => string.CompareOrdinal(text, at, spellings[id], 0, spellings[id].Length) == 0)
                    .OrderByDescending(id => spellings[id].Length).Cast<int?>().FirstOrDefault();
                if (found is not { } best)
                {
                    at++;
                    continue;
                }
                if (at > done) expected.Add((TextSpan.Between(done, at), null));
                expected.Add((new(at, spellings[best].Length), best));
                done = at += spellings[best].Length;
            }
            if (done < text.Length) expected.Add((TextSpan.Between(done, text.Length), null));
            var splitter = new AddedTokenSplitter(spellings.Select((spelling, id) => (spelling, new AddedToken(spelling, id))));
            Assert.Equal(expected, splitter.Split(text).Select(part => (part.Span, part.Token?.Id)));
        }

        string Letters(int count) => new([.. Enumerable.Range(0, count).Select(_ => "<a>"[random.Next(3)])]);
    }

    [Fact]
    public void ManyTokensThatBeginAlikeAreLookedForTogether()
    {
        var splitter = new AddedTokenSplitter(Enumerable.Range(1, 100_000).Select(id => (new string('<', 100) + FormattableString.Invariant($"{id}"), new AddedToken("x", id))));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(77, splitter.Split(new string('<', 100_000) + "77")[^1].Token?.Id);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}"); // one after the other they take minutes
    }

    [Fact]
    public void ATemplatePutsSpecialTokensAroundOneTextAndAPair()
    {
        var with = new EncodeOptions { AddSpecial = true };
        Assert.Equal(["[CLS]", "▁the", "[SEP]"], Make().Encode("the", with).Pieces);
        var pair = Make().Encode("the", "cat", with);
        Assert.Equal(["[CLS]", "▁the", "[SEP]", "▁cat", "[SEP]"], pair.Pieces);
        Assert.Equal([0, 0, 0, 1, 1], pair.TypeIds);
        Assert.Equal([4, 6], Make().Encode("the", "cat", new EncodeOptions()).Ids);
    }

    [Theory]
    [InlineData(" a ", "a ", 1, 0)]
    [InlineData("  a  ", " a ", 1, 1)]
    [InlineData("a  b", "a  b", 2, 2)]
    [InlineData("   ", "", 2, 1)]
    public void StripTakesFromTheEndsOfTheTextWhateverThePiecesAre(string text, string expected, int start, int end)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            var sink = new DecoderStep.Sink();
            var step = new Decoder.Strip(' ', start, end).Start(sink);
            step.Push(text[..cut]);
            step.Push(text[cut..]);
            step.Finish();
            Assert.Equal(expected, sink.Take());
        }
    }

    [Fact]
    public void ARoleThatATokenizerLacksIsNamedWhenItIsAskedFor()
    {
        Assert.Contains("padding", Assert.Throws<TokenizerException>(() => Words.PaddingId).Message);
        Assert.Contains("end-of-sentence", Assert.Throws<TokenizerException>(() => Words.EndOfSentenceId).Message);
    }

    [Fact]
    public void AnIdThatNothingHasIsRefusedOnTheWayBack()
    {
        var vocabulary = new Vocabulary(["a", null, "b"], SpecialTokens.None);
        Assert.Contains("id 1 is not used", Assert.Throws<TokenizerException>(() => vocabulary[1]).Message);
        Assert.Equal(2, vocabulary.IdOf("b"));
    }

    [Fact]
    public void ASliceOfANormalizedTextKnowsItsPlaceInTheSource()
    {
        var text = NormalizedText.Of("abcdef").Prepend('_');
        Assert.Equal(new TextSpan(0, 2), text.SourceSpan(0, 3));
        var slice = text.Slice(new(3, 3)); // cde
        Assert.Equal("cde", slice.Text);
        Assert.Equal(new TextSpan(3, 1), slice.SourceSpan(1, 1));
        Assert.Equal(new TextSpan(2, 1), slice.Prepend('_').SourceSpan(0, 2));
    }
}
