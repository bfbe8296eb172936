using System.Text;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Tests.Text.Tokenizers.ByteLevel;

/// <summary>What is wrong is told, with the file, and before it has cost more than the file is worth.</summary>
public sealed class HostileFilesTests
{
    private const long MostMemory = 64 << 20;

    private static readonly TiktokenEncoding Plain = new("plain", new PreTokenizer.Gpt2Words(), []);

    /// <summary>The 256 bytes with the ranks 0 to 255.</summary>
    private static string Bytes => string.Concat(Enumerable.Range(0, 256).Select(value => $"{Convert.ToBase64String([(byte)value])} {value}\n"));

    private static string ByteVocabulary(string more) =>
        "{" + string.Join(",", ByteAlphabet.InOrder.Select((value, id) => $"{System.Text.Json.JsonSerializer.Serialize(ByteAlphabet.Spell([value]))}:{id}")) + more + "}";

    private static TokenizerException Fails(Func<Tokenizer> read, string expected)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<TokenizerException>(read);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostMemory);
        Assert.Contains(expected, error.Message);
        Assert.NotNull(error.File);
        return error;
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("\n\n", "the file is empty")]
    [InlineData("YQ==", "line 1: a line is a piece in base64, a space and its rank")]
    [InlineData("YQ== 0\nYg=", "line 2: a line is")]
    [InlineData("YQ== 0\nYg= 1", "line 2: the piece is not in base64")]
    [InlineData("Y Q== 0", "line 1: the piece is not in base64")]
    [InlineData("Y\tQ== 0", "line 1: the piece is not in base64")]
    [InlineData("\u00E9\u00E9 0", "line 1: the piece is not in base64")]
    [InlineData("YQ== -1", "the rank is not a number from 0 to 2147483647")]
    [InlineData("YQ== 1e3", "the rank is not a number")]
    [InlineData("YQ== 99999999999", "the rank is not a number")]
    [InlineData("YQ== 0 ", "the rank is not a number")]
    [InlineData("YQ==  0", "the rank is not a number")]
    [InlineData("YQ== 2147483647", "has the id 2147483647, and there are 1 pieces")]
    [InlineData("YQ== 0\nYg== 0", "line 2: the id 0 has two pieces, 'a' and 'b'")]
    [InlineData("YQ== 0\nYQ== 1", "the piece 'a' has two ids, 0 and 1")]
    [InlineData("YQ== 0\n", "the vocabulary lacks a piece for the byte 0x00")]
    public void ABadTiktokenFileIsTold(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        Fails(() => TiktokenFile.Read(folder.File("x.tiktoken", content), Plain), expected);
    }

    [Fact]
    public void AFileIsGoodOnlyAsAWhole()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal([104, 105], TiktokenFile.Read(folder.File("good", Bytes), Plain).EncodeToIds("hi"));
        Assert.Equal([256, 33], TiktokenFile.Read(folder.File("more", Bytes.ReplaceLineEndings("\r\n") + "aGk= 256"), Plain).EncodeToIds("hi!"));
        var random = new Random(1);
        for (var trial = 0; trial < 200; trial++)
        {
            var cut = Bytes[..random.Next(Bytes.Length - 4)];
            Assert.Throws<TokenizerException>(() => TiktokenFile.Read(folder.File("cut", cut), Plain));
        }
        Fails(() => TiktokenFile.Read(folder.File("twice", Bytes), new("x", new PreTokenizer.Gpt2Words(), [new("<|x|>", 5)])), "the id 5 has two pieces");
    }

    [Fact]
    public void AFileThatIsTooLargeIsNotRead()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("huge");
        using (var file = File.Create(path)) file.SetLength(10_000_000_000); // a hole: it takes no disk
        Fails(() => TiktokenFile.Read(path, Plain), "10000000000 bytes");
        Fails(() => VocabMerges.Read(path, path), "10000000000 bytes");
        File.Delete(path);
    }

    [Fact]
    public void APieceOfAMillionBytesIsRefused()
    {
        using var folder = new TemporaryFolder();
        var million = new string('a', 1_000_000);
        Fails(() => TiktokenFile.Read(folder.File("line", Bytes + new string('Y', 8_000_000)), Plain), "line 257: a line is");
        Fails(() => TiktokenFile.Read(folder.File("long", Bytes + Convert.ToBase64String(Encoding.UTF8.GetBytes(million)) + " 256"), Plain), "more than 1024 bytes");
        Fails(() => VocabMerges.Read(folder.File("v.json", ByteVocabulary($",\"{million}\":256,\"{million}a\":257")), folder.File("m.txt", million + " a")), "1024 is the most");
    }

    [Fact]
    public void PiecesThatAreBeginningsOfEachOtherCostNoMoreThanTheyAreLong()
    {
        using var folder = new TemporaryFolder();
        var ladder = string.Concat(Enumerable.Range(2, 1023).Select(length => $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('a', length)))} {length + 254}\n"));
        var tokenizer = TiktokenFile.Read(folder.File("ladder", Bytes + ladder), Plain);
        Assert.Equal(Enumerable.Range(2, 1023).Sum(length => length - 1), ((ByteBpeModel)tokenizer.Model).Merges.Count); // each cut of each piece
        var text = new string('a', 100_000);
        Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeToIds(text)));
        _ = ((ByteBpeModel)tokenizer.Model).Cut(text, out var pushes);
        Assert.InRange(pushes, 100_000, 300_000);
    }

    [Theory]
    [InlineData("", "not a vocab.json")]
    [InlineData("{\"a\":0", "not a vocab.json")]
    [InlineData("[]", "an object of pieces and their ids is expected")]
    [InlineData("{}", "the vocabulary is empty")]
    [InlineData("{\"a\":\"0\"}", "the id of 'a' is not a whole number")]
    [InlineData("{\"a\":1.5}", "the id of 'a' is not a whole number")]
    [InlineData("{\"a\":10000000000}", "the id of 'a' is not a whole number")]
    [InlineData("{\"a\":2000000000}", "has the id 2000000000, and there are 1 pieces")]
    [InlineData("{\"a\":-1}", "has the id -1")]
    [InlineData("{\"a\":0,\"a\":1}", "not a vocab.json")]
    [InlineData("{\"a\":0,\"b\":0}", "the id 0 has two pieces")]
    [InlineData("{\"\":0}", "piece 0 of the vocabulary is empty")]
    [InlineData("{\"\\ud800\":0}", "not valid Unicode")]
    [InlineData("{\"a\":0}", "lacks a piece for the byte 0x00")]
    public void ABadVocabularyIsTold(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        Fails(() => VocabMerges.Read(folder.File("vocab.json", content), folder.File("merges.txt", "")), expected);
    }

    [Theory]
    [InlineData("a", "line 1: a merge is two pieces with one space between")]
    [InlineData("a ", "line 1: a merge is two pieces")]
    [InlineData(" a", "line 1: a merge is two pieces")]
    [InlineData("a b c", "line 1: a merge is two pieces")]
    [InlineData("a  b", "line 1: a merge is two pieces")]
    [InlineData("#version: 0.2\na b\na b", "merge 1 ('a' + 'b') cannot be used: it occurs twice")]
    [InlineData("a b\n#version: 0.2", "merge 1 ('#version:' + '0.2') cannot be used")]
    [InlineData("a b\nab ab", "merge 1 ('ab' + 'ab') cannot be used: the vocabulary has no 'abab'")]
    [InlineData("a x", "the vocabulary has no 'ax'")]
    [InlineData("<|endoftext| >", "is a special token")]
    public void BadMergesAreTold(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var vocab = folder.File("vocab.json", ByteVocabulary(",\"ab\":256,\"<|endoftext|\":257,\"<|endoftext|>\":258"));
        Assert.Equal([256], VocabMerges.Read(vocab, folder.File("good", "a b\n")).EncodeToIds("ab"));
        Fails(() => VocabMerges.Read(vocab, folder.File("merges.txt", content)), expected);
    }

    /// <summary>A merge's result is longer than its parts, so that no chain of merges comes back to where it was; only an empty part could make it so.</summary>
    [Fact]
    public void AMergeWhoseResultIsItsOwnPartIsRefused()
    {
        var vocabulary = SomeByteLevel.Tokenizer().Vocabulary;
        Assert.Contains("the vocabulary has no ''", Assert.Throws<TokenizerException>(() => new ByteBpeModel(vocabulary, [new("a", "")])).Message);
        Assert.Contains("the vocabulary has no ''", Assert.Throws<TokenizerException>(() => new ByteBpeModel(vocabulary, [new("", "a")])).Message);
    }

    [Fact]
    public void BytesThatAreNotUtf8AreTold()
    {
        using var folder = new TemporaryFolder();
        var (bad, vocab) = (folder.File("bad"), folder.File("vocab.json", ByteVocabulary("")));
        File.WriteAllBytes(bad, [.. "a b\n"u8, 0xFF, (byte)' ', (byte)'a']);
        Assert.Equal(2, Fails(() => VocabMerges.Read(vocab, bad), "not UTF-8 at byte 1").Line);
        File.WriteAllBytes(bad, [.. "{\""u8, 0xFF, .. "\":0}"u8]);
        Fails(() => VocabMerges.Read(bad, folder.File("m", "")), "not");
        File.WriteAllText(bad, string.Concat(Enumerable.Repeat("[", 1_000_000)));
        Fails(() => VocabMerges.Read(bad, folder.File("m", "")), "not a vocab.json");
    }

    [Fact]
    public void AMissingFileIsTold()
    {
        using var folder = new TemporaryFolder();
        Fails(() => TiktokenFile.Read(folder.File("x"), Plain), "there is no such file");
        Fails(() => VocabMerges.Read(folder.File("x"), folder.File("y")), "there is no such file");
        Fails(() => TiktokenFile.Read(Path.GetDirectoryName(folder.File("x"))!, Plain), "cannot be read");
    }

    [Fact]
    public void WhatWasTrainedIsWrittenAndReadBothWays()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = SomeByteLevel.Tokenizer();
        VocabMerges.Write(tokenizer, folder.File("vocab.json"), folder.File("merges.txt"));
        TiktokenFile.Write(tokenizer, folder.File("x.tiktoken"));
        var pair = VocabMerges.Read(folder.File("vocab.json"), folder.File("merges.txt"));
        var ranks = TiktokenFile.Read(folder.File("x.tiktoken"), Plain with { SpecialTokens = [new("<|endoftext|>", 0) { Special = true }] });
        Assert.Equal(tokenizer.Vocabulary.Pieces, pair.Vocabulary.Pieces);
        Assert.Equal(tokenizer.Vocabulary.Pieces, ranks.Vocabulary.Pieces);
        foreach (var text in SomeText.Random(500, seed: 9).Concat(SomeText.Lines))
        {
            Assert.Equal(tokenizer.EncodeToIds(text), pair.EncodeToIds(text));
            Assert.Equal(tokenizer.EncodeToIds(text), ranks.EncodeToIds(text));
        }
        Assert.Contains("goes by its merges alone", Assert.Throws<TokenizerException>(() => VocabMerges.Write(ranks, folder.File("v"), folder.File("m"))).Message);
        var words = Pellucid.Text.TokenizerTrainers.WordTrainer.Train(SomeText.Lines);
        Assert.Throws<TokenizerException>(() => TiktokenFile.Write(words, folder.File("w")));
        Assert.Throws<TokenizerException>(() => VocabMerges.Write(words, folder.File("v"), folder.File("m")));
        string[] pieces = [.. ByteAlphabet.InOrder.Select(value => ByteAlphabet.Spell([value])), "bc", "ab"];
        var backwards = new Tokenizer(new TokenizerParts { Model = new ByteBpeModel(new Vocabulary(pieces, SpecialTokens.None), [new("a", "b"), new("b", "c")]) });
        Assert.Contains("ids are ranks", Assert.Throws<TokenizerException>(() => TiktokenFile.Write(backwards, folder.File("b"))).Message);
        Assert.False(File.Exists(folder.File("b")));
    }
}
