using System.Text.Json.Nodes;
using Pellucid.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers;

public sealed class TokenizerJsonTests
{
    public static TheoryData<string> Kinds => ["bpe", "bpe without bytes", "bpe with end of word", "bpe verbatim", "word", "whitespace word", "character", "normalizing"];

    private static Tokenizer Make(string kind) => kind switch
    {
        "bpe" => BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 380, SpecialTokens = new() { Additional = ["<2es>"] } }),
        "bpe without bytes" => BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 100, ByteFallback = false, PreTokenizer = new PreTokenizer.Spaces() }),
        "bpe with end of word" => BpeTrainer.Train(SomeText.Lines,
            new() { VocabularySize = 130, ByteFallback = false, PreTokenizer = new PreTokenizer.WhitespaceSplit(), Spacing = new Spacing.EndOfWord() }),
        "bpe verbatim" => BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 380, Spacing = new Spacing.Verbatim() }),
        "word" => WordTrainer.Train(SomeText.Lines),
        "whitespace word" => WordTrainer.Train(SomeText.Lines, WordTrainerOptions.Whitespace),
        "character" => WordTrainer.Train(SomeText.Lines, WordTrainerOptions.Characters),
        _ => BpeTrainer.Train(SomeText.Lines, new()
        {
            VocabularySize = 380, Normalizer = Normalizer.Parse("nfd,strip-accents,nfc,nfkd,nfkc,strip,collapse-whitespace,lowercase"),
        }),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WhatIsWrittenReadsBackTheSame(string kind)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Make(kind);
        tokenizer.Save(folder.File("tokenizer.json"));
        var read = Tokenizer.Load(folder.File("tokenizer.json"));
        Assert.Equal(tokenizer.Normalizer, read.Normalizer);
        Assert.Equal(tokenizer.PreTokenizer, read.PreTokenizer);
        Assert.Equal(tokenizer.Spacing, read.Spacing);
        Assert.Equal(tokenizer.Vocabulary.Pieces, read.Vocabulary.Pieces);
        Assert.Equal(tokenizer.Vocabulary.SpecialTokens.All, read.Vocabulary.SpecialTokens.All);
        foreach (var text in SomeText.Random(300, seed: 11).Concat(SomeText.Lines))
        {
            var ids = tokenizer.EncodeToIds(text);
            Assert.Equal(ids, read.EncodeToIds(text));
            Assert.Equal(tokenizer.Decode(ids), read.Decode(ids));
        }
        read.Save(folder.File("again.json"));
        Assert.Equal(File.ReadAllBytes(folder.File("tokenizer.json")), File.ReadAllBytes(folder.File("again.json")));
        Assert.Equal(2, folder.Names.Length); // no temporary file is left
    }

    [Fact]
    public void TheFileHasTheShapeThatHuggingFaceReads()
    {
        using var folder = new TemporaryFolder();
        Make("bpe").Save(folder.File("tokenizer.json"));
        var json = JsonNode.Parse(File.ReadAllText(folder.File("tokenizer.json")))!;
        Assert.Equal("1.0", (string?)json["version"]);
        Assert.Equal("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]}""",
            json["normalizer"]!.ToJsonString());
        Assert.Equal("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""",
            json["decoder"]!.ToJsonString());
        Assert.Equal("Isolated", (string?)json["pre_tokenizer"]!["behavior"]);
        Assert.Equal("BPE", (string?)json["model"]!["type"]);
        Assert.True((bool)json["model"]!["byte_fallback"]!);
        Assert.Equal("<unk>", (string?)json["model"]!["unk_token"]);
        Assert.Equal(4, (int)json["model"]!["vocab"]!["<2es>"]!);
        Assert.All(json["added_tokens"]!.AsArray(), token => Assert.True((bool)token!["special"]!));
    }

    [Fact]
    public void ThePatternCutsAsThePreTokenizerDoes()
    {
        // .NET's \p classes see UTF-16 units, so this comparison stays below U+10000.
        foreach (var (preTokenizer, spacing) in ((PreTokenizer, Spacing)[])
            [(new PreTokenizer.WordsAndSigns(), new Spacing.Metaspace()), (new PreTokenizer.Spaces(), new Spacing.Metaspace()), (new PreTokenizer.WordsAndSigns(), new Spacing.Verbatim())])
        {
            var pattern = Pellucid.Text.Tokenizers.Json.SplitPattern.Of(preTokenizer, spacing)!;
            foreach (var text in SomeText.Random(1000, seed: 12))
            {
                if (text.Any(char.IsSurrogate) || text.Contains('▁')) continue;
                var cut = Tokenizer.Cut(Pellucid.Text.Normalization.NormalizedText.Of(text), spacing, preTokenizer, atStart: true);
                var work = cut.Text.Text;
                var spelled = spacing is Spacing.Metaspace ? work.Replace(' ', '▁') : work;
                var expected = System.Text.RegularExpressions.Regex.EnumerateMatches(spelled, pattern);
                var words = cut.Words;
                var at = 0;
                foreach (var match in expected) Assert.Equal(words[at++], new TextSpan(match.Index, match.Length));
                Assert.Equal(words.Count, at);
            }
        }
    }

    private static TokenizerException Refused(Action<JsonNode> damage)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("tokenizer.json");
        Make("bpe").Save(path);
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        damage(json);
        File.WriteAllText(path, json.ToJsonString());
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(path));
        Assert.Equal(path, error.File);
        return error;
    }

    [Fact]
    public void AnUnknownKeyIsRefusedByName()
    {
        Assert.Contains("'surprise'", Refused(json => json["surprise"] = 1).Message, StringComparison.Ordinal);
        Assert.Contains("'surprise'", Refused(json => json["model"]!["surprise"] = 1).Message, StringComparison.Ordinal);
        Assert.Contains("'surprise'", Refused(json => json["added_tokens"]![0]!["surprise"] = 1).Message, StringComparison.Ordinal);
        Assert.Contains("'surprise'", Refused(json => json["pre_tokenizer"]!["surprise"] = 1).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownTypeIsRefusedByName()
    {
        Assert.Contains("'Unigram'", Refused(json => json["model"]!["type"] = "Unigram").Message, StringComparison.Ordinal);
        Assert.Contains("'UnicodeScripts'", Refused(json => json["pre_tokenizer"] = new JsonObject { ["type"] = "UnicodeScripts" }).Message, StringComparison.Ordinal);
        Assert.Contains("'Precompiler'", Refused(json => json["normalizer"] = new JsonObject { ["type"] = "Precompiler" }).Message, StringComparison.Ordinal);
        Assert.Contains("'CTC'", Refused(json => json["decoder"] = new JsonObject { ["type"] = "CTC" }).Message, StringComparison.Ordinal);
        Assert.Contains("post_processor", Refused(json => json["post_processor"] = new JsonObject { ["type"] = "TemplateProcessing" }).Message, StringComparison.Ordinal);
        Assert.Contains("\\w+", Refused(json => json["pre_tokenizer"]!["pattern"]!["Regex"] = "\\w+").Message, StringComparison.Ordinal);
        Assert.Contains("dropout", Refused(json => json["model"]!["dropout"] = 0.1).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWrongTypeIsRefusedByPath()
    {
        Assert.Contains("'model.vocab'", Refused(json => json["model"]!["vocab"] = "x").Message, StringComparison.Ordinal);
        Assert.Contains("'model.vocab.<pad>'", Refused(json => json["model"]!["vocab"]!["<pad>"] = "0").Message, StringComparison.Ordinal);
        Assert.Contains("'model.vocab.<pad>'", Refused(json => json["model"]!["vocab"]!["<pad>"] = 0.5).Message, StringComparison.Ordinal);
        Assert.Contains("'model.merges[0]'", Refused(json => json["model"]!["merges"]![0] = 7).Message, StringComparison.Ordinal);
        Assert.Contains("'model.merges[1]'", Refused(json => json["model"]!["merges"]![1] = "a b c").Message, StringComparison.Ordinal);
        Assert.Contains("'model'", Refused(json => json["model"] = new JsonArray()).Message, StringComparison.Ordinal);
        Assert.Contains("'model'", Refused(json => json.AsObject().Remove("model")).Message, StringComparison.Ordinal);
        Assert.Contains("'added_tokens'", Refused(json => json["added_tokens"] = 3).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AVocabularyThatContradictsItselfIsRefused()
    {
        Assert.Contains("already", Refused(json => json["model"]!["vocab"]!["<pad>"] = 9).Message, StringComparison.Ordinal);
        Assert.Contains("2147483647", Refused(json => json["model"]!["vocab"]!["<pad>"] = int.MaxValue).Message, StringComparison.Ordinal);
        Assert.Contains("-1", Refused(json => json["model"]!["vocab"]!["<pad>"] = -1).Message, StringComparison.Ordinal);
        Assert.Contains("'nobody'", Refused(json => json["model"]!["merges"]![0] = "nobody knows").Message, StringComparison.Ordinal);
        Assert.Contains("twice", Refused(json => json["model"]!["merges"]![1] = (string)json["model"]!["merges"]![0]!).Message, StringComparison.Ordinal);
        Assert.Contains("'<pad><s>'", Refused(json => json["model"]!["merges"]![0] = "<pad> <s>").Message, StringComparison.Ordinal);
        Assert.Contains("added_tokens", Refused(json => json["added_tokens"]!.AsArray().RemoveAt(0)).Message, StringComparison.Ordinal);
        Assert.Contains("unk_token", Refused(json => json["model"]!["unk_token"] = "<pad>").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMergeMayNotMakeASpecialTokenOutOfText()
    {
        var error = Refused(json =>
        {
            var vocabulary = json["model"]!["vocab"]!.AsObject();
            vocabulary["<"] = vocabulary.Count;
            vocabulary["/s>"] = vocabulary.Count;
            json["model"]!["merges"]!.AsArray().Add("< /s>");
        });
        Assert.Contains("special tokens and byte pieces", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATruncatedFileIsRefusedWhereverItEnds()
    {
        using var folder = new TemporaryFolder();
        Make("bpe without bytes").Save(folder.File("tokenizer.json"));
        var bytes = File.ReadAllBytes(folder.File("tokenizer.json"));
        for (var length = 0; length < bytes.Length - 1; length += 97)
        {
            var path = folder.File("cut.json", bytes[..length]);
            Assert.Equal(path, Assert.Throws<TokenizerException>(() => Tokenizer.Load(path)).File);
        }
    }

    [Theory]
    [InlineData("{\"version\":\"1.0\",\"version\":\"1.0\"}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"version\":\"1.0\",\"model\":{\"type\":\"\\ud800\"}}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("not json")]
    public void AFileThatIsNoTokenizerIsRefused(string content)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("tokenizer.json", content);
        Assert.Equal(path, Assert.Throws<TokenizerException>(() => Tokenizer.Load(path)).File);
    }

    [Fact]
    public void DeepNestingIsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("tokenizer.json", new string('[', 1_000_000));
        Assert.Throws<TokenizerException>(() => Tokenizer.Load(path));
    }

    [Fact]
    public void AnEnormousFileIsRefusedUnread()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("tokenizer.json");
        using (var stream = File.Create(path)) stream.SetLength(10L << 30); // sparse: takes no room
        Assert.Contains("10737418240", Assert.Throws<TokenizerException>(() => Tokenizer.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileAndAMissingFolderAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no such file", Assert.Throws<TokenizerException>(() => Tokenizer.Load(folder.File("none.json"))).Message, StringComparison.Ordinal);
        Assert.Throws<TokenizerException>(() => Make("character").Save(folder.File("none/tokenizer.json")));
    }
}
