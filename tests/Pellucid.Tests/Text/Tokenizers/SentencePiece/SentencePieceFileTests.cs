using System.Diagnostics;
using System.Text;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

public sealed class SentencePieceFileTests
{
    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void SmallModelsGiveTheIdsAndTextsOfSpm(string name)
    {
        var tokenizer = SmallModels.Read(name);
        foreach (var (text, ids, decoded) in SmallModels.Cases(name))
        {
            Assert.Equal(ids, tokenizer.EncodeToIds(text));
            Assert.Equal(ids, tokenizer.Encode(text).Ids);
            Assert.Equal(decoded, tokenizer.Decode(ids));
        }
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void AWrittenModelIsReadAsItWas(string name)
    {
        using var folder = new TemporaryFolder();
        SentencePieceFile.Write(SmallModels.Read(name), folder.File("copy.model"));
        var first = ModelProtoReader.Read(SmallModels.Bytes(name), "first");
        var second = ModelProtoReader.Read(File.ReadAllBytes(folder.File("copy.model")), "second");
        Assert.Equal(first.Pieces, second.Pieces);
        byte[] none = [];
        Assert.Equal(first.Trainer with { Rest = none }, second.Trainer with { Rest = none });
        Assert.Equal(first.Trainer.Rest, second.Trainer.Rest);
        Assert.Equal(first.Normalizer.CharsMap, second.Normalizer.CharsMap);
        Assert.Equal(first.Rest, second.Rest);
    }

    [Fact]
    public void RolesAreThoseOfTheFile()
    {
        var vocabulary = SmallModels.Read("unigram").Vocabulary;
        Assert.Equal((0, 1, 2), (vocabulary.UnknownId, vocabulary.BeginOfSentenceId, vocabulary.EndOfSentenceId));
        Assert.Contains("padding", Assert.Throws<TokenizerException>(() => vocabulary.PaddingId).Message, StringComparison.Ordinal);
        Assert.True(vocabulary.IsSpecial(1));
        Assert.False(vocabulary.IsSpecial(vocabulary.IdOf("<b>")));
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void DecodingTokenByTokenGivesTheSameText(string name)
    {
        var tokenizer = SmallModels.Read(name);
        foreach (var (_, ids, decoded) in SmallModels.Cases(name))
        {
            var stream = tokenizer.StartDecoding();
            var parts = ids.Select(stream.Push).ToList();
            Assert.Equal(decoded, string.Concat(parts) + stream.Finish());
            Assert.DoesNotContain(parts, part => part.Length > 0 && char.IsHighSurrogate(part[^1]));
        }
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void RandomTextsComeBackNormalisedAndOffsetsLieInside(string name) => Survive(SmallModels.Read(name), SomeText.Random(RandomCount.Of(4000), seed: 21));

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void ATruncatedFileIsATypedError(string name)
    {
        var whole = SmallModels.Bytes(name);
        for (var length = 0; length < whole.Length; length += 97)
            Assert.Throws<TokenizerException>(() => ModelProtoReader.Read(whole.AsSpan(0, length), "cut.model"));
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void DamagedBytesAreATypedErrorOrAnotherModel(string name)
    {
        var whole = SmallModels.Bytes(name);
        var random = new Random(17);
        using var folder = new TemporaryFolder();
        for (var trial = 0; trial < 600; trial++)
        {
            var damaged = (byte[])whole.Clone();
            for (var i = 0; i < 1 + trial % 5; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                var tokenizer = SentencePieceFile.Read(folder.File("damaged.model", damaged));
                tokenizer.Decode(tokenizer.EncodeToIds("the library ж 图书馆 <b>"));
            }
            catch (TokenizerException)
            {
                // said, and nothing worse
            }
        }
    }

    [Fact]
    public void AClaimOfTenGigabytesTakesNone()
    {
        // Field 1, a length of 10,000,000,000 bytes.
        byte[] claim = [0x0A, 0x80, 0xC8, 0xAF, 0xA0, 0x25, 1, 2, 3];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<TokenizerException>(() => ModelProtoReader.Read(claim, "claim.model"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains("10000000000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FaultsOfTheWireFormatAreNamed()
    {
        Fault([0x08, 0x01], "wire type 0 instead of 2"); // pieces as a number
        Fault([0x0A, 0x02, 0x10, 0x01], "wire type 0 instead of 5"); // the score of a piece as a number
        Fault([0x0A, 0x03, 0x0A, 0x01, 0xFF], "not UTF-8");
        Fault([0x07], "field number 0");
        Fault([0x4E], "wire type 6");
        Fault([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], "more than ten bytes");
        Fault([.. Enumerable.Repeat((byte)0x4B, 100_000)], "wire type 3"); // groups in groups
        Fault([0x4B, 0x54], "another's number");
        Fault([], "no pieces");
        Fault(Piece("a", 1), "no trainer_spec");
        Fault([.. Piece("a", 1), 0x12, 0x00], "no normalizer_spec");
        Fault([.. Piece("a", 1), .. Specs], "unknown tokens");
        Fault(Piece("", 1), "empty");
        Fault(Piece("a\0b", 1), "null character");
        Fault(Piece("a", 7), "type 7");
        Fault(Piece(new string('a', 1_000_000), 1), "1000000 bytes");
        Fault([.. Piece("<0x41>", 6), .. Piece("<unk>", 2), .. Specs], "byte_fallback is off");
    }

    [Fact]
    public void UnknownFieldsArePassedOver()
    {
        byte[] group = [0xC3, 0x0C, 0x08, 0x05, 0xC4, 0x0C]; // field 200, a group with a number in it
        byte[] fixed64 = [0xC9, 0x0C, 1, 2, 3, 4, 5, 6, 7, 8];
        var whole = SmallModels.Bytes("unigram");
        var model = ModelProtoReader.Read([.. group, .. whole, .. fixed64], "extended.model");
        Assert.Equal(ModelProtoReader.Read(whole, "plain.model").Pieces, model.Pieces);
        Assert.Equal([.. group, .. fixed64], model.Rest);
    }

    [Fact]
    public void PiecesThatAreAllPrefixesOfEachOtherAreReadAndFound()
    {
        var clock = Stopwatch.StartNew();
        using var folder = new TemporaryFolder();
        var file = new List<byte>(Piece("<unk>", 2));
        for (var length = 1; length <= 2000; length++) file.AddRange(Piece(new string('a', length), 1));
        file.AddRange(Specs);
        var tokenizer = SentencePieceFile.Read(folder.File("prefixes.model", file.ToArray()));
        Assert.Equal(4000, tokenizer.Encode("b" + new string('a', 4000)).Offsets.Sum(offset => offset.Length) - 1);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
    }

    [Fact]
    public void WhatIsNoSentencePieceTokenizerIsNotWritten()
    {
        using var folder = new TemporaryFolder();
        var bpe = Pellucid.Text.TokenizerTrainers.BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 340 });
        Assert.Throws<TokenizerException>(() => SentencePieceFile.Write(bpe, folder.File("a.model")));
        Assert.Throws<TokenizerException>(() => SentencePieceFile.Write(SmallModels.Read("bpe"), folder.File("none/a.model")));
        Assert.Throws<TokenizerException>(() => SentencePieceFile.Read(folder.File("absent.model")));
        Assert.Empty(folder.Names);
    }

    /// <summary>Every text decodes to what the format promises, and its offsets lie inside it and in order.</summary>
    internal static void Survive(Tokenizer tokenizer, IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            var encoding = tokenizer.Encode(text);
            Assert.Equal(encoding.Ids, tokenizer.EncodeToIds(text));
            var last = 0;
            foreach (var offset in encoding.Offsets)
            {
                Assert.InRange(offset.Start, 0, text.Length);
                Assert.InRange(offset.End, offset.Start, text.Length);
                Assert.True(offset.End >= last);
                last = offset.End;
            }
            if (encoding.Ids.Contains(tokenizer.UnknownId)) continue;
            Assert.Equal(tokenizer.Normalizer.Normalize(text).Text.Replace('▁', ' ').TrimStart(' '), tokenizer.Decode(encoding.Ids));
        }
    }

    // An empty trainer_spec and an empty normalizer_spec.
    private static readonly byte[] Specs = [0x12, 0x00, 0x1A, 0x00];

    private static byte[] Piece(string text, int type)
    {
        var piece = new ProtobufWriter();
        piece.Write(1, text);
        piece.Write(2, -1f);
        piece.Write(3, type);
        var model = new ProtobufWriter();
        model.Write(1, piece.Written);
        return model.Written.ToArray();
    }

    private static void Fault(byte[] file, string what) =>
        Assert.Contains(what, Assert.Throws<TokenizerException>(() => ModelProtoReader.Read(file, "a.model")).Message, StringComparison.Ordinal);
}
