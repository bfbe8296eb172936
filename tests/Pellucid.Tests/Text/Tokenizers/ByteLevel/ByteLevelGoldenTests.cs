using System.Text.Json;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Tests.Text.Tokenizers.ByteLevel;

/// <summary>Ids that others gave, one for one. The twins on our own data are in the other tests of this folder.</summary>
public sealed class ByteLevelGoldenTests
{
    private const string Tiktoken = "goldens/tokenizers/mlnet-tiktoken/", Cs336 = "goldens/tokenizers/cs336/", HuggingFace = "goldens/tokenizers/huggingface/";

    private static Tokenizer Gpt2() => TiktokenFile.Read(SharedFiles.Require(Tiktoken + "gpt2.tiktoken"), TiktokenEncoding.Gpt2);

    private static Tokenizer Cl100k() => TiktokenFile.Read(SharedFiles.Require(Tiktoken + "cl100k_base.tiktoken"), TiktokenEncoding.Cl100kBase);

    private static Tokenizer Gpt2Pair() => VocabMerges.Read(SharedFiles.Require(Cs336 + "gpt2_vocab.json"), SharedFiles.Require(Cs336 + "gpt2_merges.txt"));

    private static int[] Ids(string file) => JsonSerializer.Deserialize<int[]>(File.ReadAllBytes(SharedFiles.Require(file)))!;

    [Fact]
    public void GPT2CutsASourceFileAsTiktokenDoes()
    {
        var text = File.ReadAllText(SharedFiles.Require(Tiktoken + "lib.rs.txt"));
        Assert.Equal(Ids(Tiktoken + "tokens_gpt2.json"), Gpt2().EncodeToIds(text));
        Assert.Equal(text, Gpt2().Decode(Ids(Tiktoken + "tokens_gpt2.json")));
    }

    [Fact]
    public void Cl100kCutsASourceFileAsTiktokenDoes()
    {
        var text = File.ReadAllText(SharedFiles.Require(Tiktoken + "lib.rs.txt"));
        Assert.Equal(Ids(Tiktoken + "tokens.json"), Cl100k().EncodeToIds(text));
        Assert.Equal(text, Cl100k().Decode(Ids(Tiktoken + "tokens.json")));
    }

    [Fact]
    public void GPT2CutsStringsAsHuggingFaceDoes()
    {
        var strings = File.ReadAllText(SharedFiles.Require(HuggingFace + "strings.inp")).Split("\n__ggml_vocab_test__\n");
        var expected = File.ReadAllText(SharedFiles.Require(HuggingFace + "gpt2.out")).Split('\n');
        foreach (var tokenizer in (Tokenizer[])[Gpt2(), Gpt2Pair()])
            for (var n = 0; n < strings.Length; n++) Assert.Equal(expected[n].Trim(), string.Join(' ', tokenizer.EncodeToIds(strings[n])));
    }

    [Fact]
    public void ThePairOfFilesAndTheRanksAreOneTokenizer()
    {
        var (ranks, pair) = (Gpt2(), Gpt2Pair());
        Assert.Equal(ranks.Vocabulary.Pieces, pair.Vocabulary.Pieces);
        Assert.Equal(50256, pair.EndOfSentenceId);
        foreach (var file in (string[])[Cs336 + "address.txt", Cs336 + "german.txt", Cs336 + "tinystories_sample.txt", "goldens/tokenizers/sentencepiece/wagahaiwa_nekodearu.txt"])
        {
            var text = File.ReadAllText(SharedFiles.Require(file));
            Assert.Equal(ranks.EncodeToIds(text), pair.EncodeToIds(text));
            Assert.Equal(text, pair.Decode(pair.EncodeToIds(text), skipSpecial: false));
            Assert.Equal(text, Cl100k().Decode(Cl100k().EncodeToIds(text), skipSpecial: false));
        }
    }

    [Fact]
    public void EndOfTextIsReadOutOfTheTextOnlyIfAskedFor()
    {
        var tokenizer = Gpt2();
        Assert.Equal([15496, 50256], tokenizer.EncodeToIds("Hello<|endoftext|>"));
        var ordinary = tokenizer.EncodeToIds("Hello<|endoftext|>", new EncodeOptions { ReadSpecialTokens = false });
        Assert.DoesNotContain(50256, ordinary);
        Assert.Equal("Hello<|endoftext|>", tokenizer.Decode(ordinary));
        Assert.Equal("Hello", tokenizer.Decode([15496, 50256]));
        var cl100k = Cl100k();
        Assert.Equal(100277, cl100k.VocabularySize);
        Assert.Equal(100276, cl100k.EncodeToIds("<|endofprompt|>").Single());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void RandomStringsSurvive(bool cl100k)
    {
        var tokenizer = cl100k ? Cl100k() : Gpt2();
        foreach (var text in SomeText.Random(RandomCount.Of(3000), seed: 21)) ByteLevelRoundTrip.Check(tokenizer, text);
        foreach (var text in RandomUnicode.Strings(RandomCount.Of(3000), seed: 22)) ByteLevelRoundTrip.Check(tokenizer, text);
    }

    [Fact]
    public void PublishedFilesAreWrittenAsTheyWereRead()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, tokenizer) in new[] { ("gpt2.tiktoken", Gpt2()), ("cl100k_base.tiktoken", Cl100k()) })
        {
            TiktokenFile.Write(tokenizer, folder.File(name));
            Assert.Equal(File.ReadAllBytes(SharedFiles.Require(Tiktoken + name)), File.ReadAllBytes(folder.File(name)));
        }
        VocabMerges.Write(Gpt2Pair(), folder.File("vocab.json"), folder.File("merges.txt"));
        var merges = File.ReadAllLines(SharedFiles.Require(Cs336 + "gpt2_merges.txt"));
        Assert.Equal(["#version: 0.2", .. merges.SkipWhile(line => line.StartsWith("#version", StringComparison.Ordinal))], File.ReadAllLines(folder.File("merges.txt")));
    }
}
