using Pellucid.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.WordPiece;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers;

public sealed class WordPieceTests
{
    private static readonly string[] Pieces =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "##a", "##b", "a", "b", "don", "'", "t", "!", "我", "想", "ａ", "cafe", "want", "##want", "##ed"];

    private static Tokenizer Make(bool lowercase = true)
    {
        using var folder = new TemporaryFolder();
        return WordPieceVocabulary.Read(folder.File("vocab.txt", string.Join('\n', Pieces) + "\n"), lowercase);
    }

    [Fact]
    public void TheLongestPieceThatAWordBeginsWithIsTakenAgainAndAgain()
    {
        var encoding = Make().Encode("unaffable  unwanted");
        Assert.Equal(["un", "##aff", "##able", "un", "##want", "##ed"], encoding.Pieces);
        Assert.Equal([new(0, 2), new(2, 3), new(5, 4), new(11, 2), new(13, 4), new(17, 2)], encoding.Offsets);
    }

    [Fact]
    public void AWordThatCannotBeCutToItsEndIsUnknownAsAWhole()
    {
        var encoding = Make().Encode("unaffablex don't");
        Assert.Equal(["[UNK]", "don", "'", "t"], encoding.Pieces);
        Assert.Equal(new TextSpan(0, 10), encoding.Offsets[0]);
    }

    [Fact]
    public void AWordOfMoreThanAHundredCharactersIsUnknown()
    {
        Assert.Equal(100, Make().Encode("a" + new string('b', 99)).Ids.Length);
        Assert.Equal([1], Make().EncodeToIds("a" + new string('b', 100)));
        Assert.Equal([1], Make().EncodeToIds(new string('b', 1_000_000)));
    }

    [Fact]
    public void AccentsAndCaseGoInAnUncasedVocabulary()
    {
        Assert.Equal(["cafe"], Make().Encode("CAFÉ").Pieces);
        Assert.Equal([new TextSpan(0, 4)], Make().Encode("CAFÉ").Offsets);
        Assert.Equal(["[UNK]"], Make(lowercase: false).Encode("café").Pieces);
    }

    [Fact]
    public void EachIdeographIsAWordAndFullWidthFormsStayWhatTheyAre()
    {
        var encoding = Make().Encode("a我想ａ，b");
        Assert.Equal(["a", "我", "想", "ａ", "[UNK]", "b"], encoding.Pieces);
        Assert.Equal([new(0, 1), new(1, 1), new(2, 1), new(3, 1), new(4, 1), new(5, 1)], encoding.Offsets);
        Assert.Equal("a 我 想 ａ [UNK] b", Make().Decode(encoding.Ids));
    }

    [Fact]
    public void AnEmojiWithJoinersIsOneUnknownWord()
    {
        var encoding = Make().Encode("a 👩‍🚀 b");
        Assert.Equal(["a", "[UNK]", "b"], encoding.Pieces);
        Assert.Equal(new TextSpan(2, 5), encoding.Offsets[1]);
        Assert.Equal(["a", "b"], Make().Encode("a \u200D\uFE0F b").Pieces); // a joiner alone is cleaned away, a variation selector is an accent
    }

    [Fact]
    public void SpecialTokensStandAroundTheTextWhenAskedFor()
    {
        var tokenizer = Make();
        var pair = tokenizer.Encode("a", "b", new EncodeOptions { AddSpecial = true });
        Assert.Equal(["[CLS]", "a", "[SEP]", "b", "[SEP]"], pair.Pieces);
        Assert.Equal([0, 0, 0, 1, 1], pair.TypeIds);
        Assert.Equal((0, 1, 2, 3), (tokenizer.PaddingId, tokenizer.UnknownId, tokenizer.BeginOfSentenceId, tokenizer.EndOfSentenceId));
        Assert.Equal("a", tokenizer.Decode([2, 10, 3, 0]));
    }

    [Fact]
    public void SpecialTokensAreReadOutOfTheTextUnlessThatIsForbidden()
    {
        Assert.Equal([10, 4, 11], Make().EncodeToIds("a[MASK] b"));
        Assert.DoesNotContain(4, Make().EncodeToIds("a [MASK] b", new EncodeOptions { ReadSpecialTokens = false }));
    }

    [Fact]
    public void DecodingPutsPiecesTogetherAndCleansUpAsHuggingFaceDoes()
    {
        Assert.Equal("unaffable!", Make().Decode(Make().EncodeToIds("Unaffable !")));
        Assert.Equal("don ' t", Make().Decode(Make().EncodeToIds("don't")));
        var sink = new DecoderStep.Sink();
        var step = new Decoder.WordPiece("##", Cleanup: false).Start(sink);
        foreach (var piece in (string[])["un", "##aff", "!"]) step.Push(piece);
        Assert.Equal("unaff !", sink.Take());
    }

    [Fact]
    public void ABrokenVocabularyIsRefusedWithItsLine()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(3, Assert.Throws<TokenizerException>(() => WordPieceVocabulary.Read(folder.File("a.txt", "[UNK]\na\na\n"))).Line);
        Assert.Contains("[UNK]", Assert.Throws<TokenizerException>(() => WordPieceVocabulary.Read(folder.File("b.txt", "a\nb\n"))).Message, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Throws<TokenizerException>(() => WordPieceVocabulary.Read(folder.File("c.txt", [.. "[UNK]\n"u8, 0xFF, 0xFE]))).Line);
        Assert.Contains("no such file", Assert.Throws<TokenizerException>(() => WordPieceVocabulary.Read(folder.File("none.txt"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AVocabularyIsWrittenAsItWasRead()
    {
        using var folder = new TemporaryFolder();
        var content = string.Join('\n', Pieces) + "\n\nlast\n"; // an empty line: an id that nothing has
        var tokenizer = WordPieceVocabulary.Read(folder.File("vocab.txt", content));
        WordPieceVocabulary.Write(tokenizer, folder.File("again.txt"));
        Assert.Equal(content, File.ReadAllText(folder.File("again.txt")));
        Assert.Equal(Pieces.Length + 1, tokenizer.Vocabulary.IdOf("last"));
    }

    [Fact]
    public void IdsAreThoseOfBertUncased()
    {
        var tokenizer = WordPieceVocabulary.Read(SharedFiles.Require("goldens/tokenizers/minilm/vocab.txt"));
        HuggingFaceStrings.Check(tokenizer, "bert-uncased.out");
    }

    [Fact]
    public void RandomTextKeepsWhatTheFormatPromises()
    {
        var tokenizer = WordPieceTrainer.Train(SomeText.Lines.Concat(SomeText.Random(500, seed: 22)), new() { VocabularySize = 4000 });
        var (known, count) = (0, RandomCount.Of(3000));
        foreach (var text in SomeText.Random(count, seed: 21)) known += RandomPipeline.CheckBert(text, tokenizer) ? 1 : 0;
        Assert.InRange(known, count / 6, count);
    }

    [Theory]
    [InlineData("\tA\u0000B\uFFFDC\r\n", "", " abc  ")]
    [InlineData("é İ Σ ß", "", "e i σ ß")]
    [InlineData("我A", "", " 我 a")]
    [InlineData("a\u200Bb\u2028c", "", "ab c")]
    [InlineData("É", "accents", "é")]
    [InlineData("É", "case", "É")]
    public void TheNormalizerDoesWhatBertDoes(string text, string keep, string expected)
    {
        var normalizer = keep switch
        {
            "accents" => new Normalizer.Bert(RemoveAccents: false),
            "case" => new Normalizer.Bert(LowerCase: false),
            _ => new Normalizer.Bert(),
        };
        Assert.Equal(expected, normalizer.Normalize(text).Text);
    }

    [Theory]
    [InlineData("##")]
    [InlineData("a")]
    [InlineData("")]
    public void AWordIsCutAsWhenEveryLengthIsLookedUp(string prefix)
    {
        var random = new Random(12);
        var known = 0;
        for (var trial = 0; trial < 500; trial++)
        {
            var pieces = Enumerable.Range(0, random.Next(1, 12)).Select(_ => (random.Next(2) == 0 ? prefix : "") + Letters(random.Next(1, 4))).Distinct().ToArray();
            var model = new WordPieceModel(new Vocabulary(["[UNK]", .. pieces, "[X]"], SpecialTokens.None with { Unknown = "[UNK]", Additional = ["[X]", pieces[0]] }), prefix);
            var word = Letters(random.Next(1, 8));
            var expected = new List<int>();
            for (var at = 0; at < word.Length;)
            {
                var length = Enumerable.Range(1, word.Length - at).LastOrDefault(count => Array.IndexOf(pieces, Piece(at, count)) > 0); // the first is special
                expected.Add(length == 0 ? 0 : 1 + Array.IndexOf(pieces, Piece(at, length)));
                at = length == 0 ? word.Length : at + length;
            }
            if (expected.Contains(0)) expected = [0];
            else known++;
            var ids = new List<int>();
            model.Encode(word, ids, null);
            Assert.Equal(expected, ids);

            string Piece(int at, int length) => (at == 0 ? "" : prefix) + word.Substring(at, length);
        }
        Assert.InRange(known, 50, 450);

        string Letters(int count) => new([.. Enumerable.Range(0, count).Select(_ => "ab"[random.Next(2)])]);
    }
}
