using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;
using Pellucid.Text.Tokenizers.WordPiece;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers;

public sealed class TokenizerFormatsTests : IDisposable
{
    private const string Text = "The cats sat; the cat sits.";

    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Names => ["tokenizer.json", "tokenizer.model", "any.spm", "vocab.txt"];

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatIsSavedIsLoadedByWhatItHolds(string name)
    {
        var tokenizer = Make(name);
        tokenizer.Save(In(name));
        Assert.Equal(tokenizer.EncodeToIds(Text), Tokenizer.Load(In(name)).EncodeToIds(Text));
        if (name != "any.spm") Assert.Equal(tokenizer.EncodeToIds(Text), Tokenizer.Load(_folder).EncodeToIds(Text));
        // JSON and protobuf are known whatever the file is called.
        if (name == "vocab.txt") return;
        File.Move(In(name), In("renamed"));
        Assert.Equal(tokenizer.EncodeToIds(Text), Tokenizer.Load(In("renamed")).EncodeToIds(Text));
    }

    [Fact]
    public void VocabularyAndMergesAreAPairWhicheverIsNamed()
    {
        var tokenizer = ByteBpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 300, SpecialTokens = SpecialTokens.None });
        VocabMerges.Write(tokenizer, In("vocab.json"), In("merges.txt"));
        foreach (var name in new[] { In("vocab.json"), In("merges.txt"), _folder })
            Assert.Equal(tokenizer.EncodeToIds(Text), Tokenizer.Load(name).EncodeToIds(Text));
        File.Delete(In("vocab.json"));
        Assert.Contains("no vocab.json beside it", Assert.Throws<TokenizerException>(() => Tokenizer.Load(In("merges.txt"))).Message);
    }

    [Fact]
    public void ATiktokenFileOfUnknownSizeSaysWhichAreKnown()
    {
        File.WriteAllText(In("some"), "IQ== 0\nIg== 1\n");
        Assert.Contains("2 tokens is neither gpt2 (50256) nor cl100k_base", Assert.Throws<TokenizerException>(() => Tokenizer.Load(In("some"))).Message);
    }

    [Fact]
    public void WhatIsNoTokenizerIsSaid()
    {
        Assert.Contains("no such file", Assert.Throws<TokenizerException>(() => Tokenizer.Load(In("none"))).Message);
        Assert.Contains("none of tokenizer.json, tokenizer.model", Assert.Throws<TokenizerException>(() => Tokenizer.Load(_folder)).Message);
        File.WriteAllText(In("empty"), "");
        Assert.Contains("empty", Assert.Throws<TokenizerException>(() => Tokenizer.Load(In("empty"))).Message);
        File.WriteAllText(In("story"), "Once upon a time\nthere was a text.\n");
        Assert.Contains("is this a WordPiece vocabulary?", Assert.Throws<TokenizerException>(() => Tokenizer.Load(In("story"))).Message);
    }

    [Fact]
    public void AFormatWithoutAPlaceForATokenizerRefusesIt()
    {
        foreach (var name in new[] { "words.model", "words.txt", "words.tiktoken" })
        {
            Assert.Throws<TokenizerException>(() => Make("tokenizer.json").Save(In(name)));
            Assert.False(File.Exists(In(name)));
        }
    }

    private static Tokenizer Make(string name) => Path.GetExtension(name) switch
    {
        ".model" or ".spm" => UnigramTrainer.Train(SomeText.Lines, new() { VocabularySize = 90, CharacterCoverage = 1 }),
        ".txt" => WordPieceTrainer.Train(SomeText.Lines, new() { VocabularySize = 120 }),
        _ => BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 400 }),
    };

    private string In(string name) => Path.Combine(_folder, name);
}
