using System.Text.Json.Nodes;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;
using Pellucid.Text.Tokenizers.WordPiece;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers;

/// <summary>Published tokenizers as a tokenizer.json.</summary>
public sealed class TokenizerFilesTests
{
    private const string MiniLm = "goldens/tokenizers/minilm/";

    [Fact]
    public void MiniLmGivesTheIdsOfBertAndComesBackFromItsFile()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Tokenizer.Load(SharedFiles.Require(MiniLm + "tokenizer.json"));
        HuggingFaceStrings.Check(tokenizer, "bert-uncased.out");
        Assert.Equal((0, 100, 101, 102), (tokenizer.PaddingId, tokenizer.UnknownId, tokenizer.BeginOfSentenceId, tokenizer.EndOfSentenceId));
        Assert.Equal(128, tokenizer.Truncation!.MaximumLength);
        Assert.Equal(new Padding("[PAD]", 0, Length: 128), tokenizer.Padding);
        Assert.Equal([101, 7592, 102], tokenizer.EncodeToIds("Hello", new EncodeOptions { AddSpecial = true }));
        RoundTrip.Check(tokenizer, folder, SomeText.Random(100, seed: 31));
        var plain = WordPieceVocabulary.Read(SharedFiles.Require(MiniLm + "vocab.txt"));
        foreach (var text in SomeText.Random(200, seed: 32)) Assert.Equal(plain.EncodeToIds(text), tokenizer.EncodeToIds(text));
    }

    [Fact]
    public void Gpt2IsWrittenAndReadAsATokenizerJson()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = VocabMerges.Read(SharedFiles.Require("goldens/tokenizers/cs336/gpt2_vocab.json"), SharedFiles.Require("goldens/tokenizers/cs336/gpt2_merges.txt"));
        RoundTrip.Check(tokenizer, folder, SomeText.Random(100, seed: 33));
        HuggingFaceStrings.Check(Tokenizer.Load(folder.File("once.json")), "gpt2.out");
    }

    [Fact]
    public void Cl100kIsWrittenAndReadAsATokenizerJson()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = TiktokenFile.Read(SharedFiles.Require("goldens/tokenizers/mlnet-tiktoken/cl100k_base.tiktoken"), TiktokenEncoding.Cl100kBase);
        tokenizer.Save(folder.File("tokenizer.json"));
        var read = Tokenizer.Load(folder.File("tokenizer.json"));
        Assert.Equal(tokenizer.PreTokenizer, read.PreTokenizer);
        foreach (var text in SomeText.Random(500, seed: 34).Append("<|endofprompt|> the 12345 things")) Assert.Equal(tokenizer.EncodeToIds(text), read.EncodeToIds(text));
    }

    [Fact]
    public void ATrainedWordPieceTokenizerComesBackFromItsFile()
    {
        using var folder = new TemporaryFolder();
        RoundTrip.Check(WordPieceTrainer.Train(SomeText.Lines, new() { VocabularySize = 90 }), folder, SomeText.Random(200, seed: 35));
    }

    [Fact]
    public void ATrainedByteLevelTokenizerComesBackFromItsFile()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = ByteBpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 300 });
        tokenizer.Save(folder.File("tokenizer.json"));
        var read = Tokenizer.Load(folder.File("tokenizer.json"));
        foreach (var text in SomeText.Random(300, seed: 36).Where(text => !text.Contains("</s>")))
            Assert.Equal(tokenizer.EncodeToIds(text), read.EncodeToIds(text));
        Assert.Equal(tokenizer.Vocabulary.SpecialTokens.All, read.Vocabulary.SpecialTokens.All);
    }

    [Theory]
    [InlineData("[PAD] [CLS] [SEP] [MASK]", "[PAD]", "[CLS]", "[SEP]")]
    [InlineData("<|endoftext|>", null, null, "<|endoftext|>")]
    [InlineData("<s> <pad> </s> <mask>", "<pad>", "<s>", "</s>")]
    [InlineData("<|begin_of_text|> <|end_of_text|> <|eot_id|>", null, "<|begin_of_text|>", "<|end_of_text|>")]
    [InlineData("<tool>", null, null, null)]
    public void RolesGoByTheUsualNames(string special, string? padding, string? begin, string? end)
    {
        var roles = TokenRoles.Of([.. special.Split(' ').Select((token, id) => new AddedToken(token, id) { Special = true })], null);
        Assert.Equal((padding, begin, end, null), (roles.Padding, roles.BeginOfSentence, roles.EndOfSentence, roles.Unknown));
        Assert.Equal(special.Split(' ').Order(), roles.All.Order());
    }

    [Fact]
    public void RolesGoByThePostProcessorBeforeTheyGoByNames()
    {
        var added = new[] { "<s>", "</s>", "[X]", "[Y]" }.Select((token, id) => new AddedToken(token, id) { Special = true }).ToList();
        Assert.Equal(("[X]", "[Y]"), Ends(new PostProcessor.Bert(new("[X]", 2), new("[Y]", 3))));
        Assert.Equal(("[X]", "[Y]"), Ends(new PostProcessor.Sequence([new PostProcessor.ByteLevel(), new PostProcessor.Roberta(new("[X]", 2), new("[Y]", 3))])));
        var text = new TemplatePart.Text(false, 0);
        Assert.Equal(("[X]", "</s>"), Ends(new PostProcessor.Template([new TemplatePart.Special("[X]", [2], ["[X]"], 0), text], [text])));

        (string?, string?) Ends(PostProcessor processor)
        {
            var roles = TokenRoles.Of(added, null, processor);
            return (roles.BeginOfSentence, roles.EndOfSentence);
        }
    }

    [Fact]
    public void APieceThatAFilePadsWithStaysText()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Tokenizer.Load(folder.File("tokenizer.json", """
            {"version":"1.0","truncation":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"BertProcessing","sep":["a",1],"cls":["a",1]},"decoder":null,
             "padding":{"strategy":"BatchLongest","direction":"Left","pad_to_multiple_of":8,"pad_id":2,"pad_type_id":0,"pad_token":"!"},
             "model":{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"?":0,"a":1,"!":2}}}
            """));
        Assert.Equal([1, 2, 0], tokenizer.EncodeToIds("a!?"));
        Assert.Equal([1, 2, 1], tokenizer.EncodeToIds("!", new EncodeOptions { AddSpecial = true }));
        Assert.Equal("a ! ?", tokenizer.Decode([1, 2, 0]));
        Assert.Throws<TokenizerException>(() => tokenizer.PaddingId);
        RoundTrip.Check(tokenizer, folder, ["a!?", "!"]);
    }

    [Fact]
    public void AFileOfAnEarlyVersionSaysItsModelByItsKeys()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = WordPieceTrainer.Train(SomeText.Lines, new() { VocabularySize = 90 });
        tokenizer.Save(folder.File("a.json"));
        var json = JsonNode.Parse(File.ReadAllText(folder.File("a.json")))!;
        json["model"]!.AsObject().Remove("type");
        var read = Tokenizer.Load(folder.File("b.json", json.ToJsonString()));
        Assert.Equal(tokenizer.EncodeToIds("the library"), read.EncodeToIds("the library"));
    }
}
