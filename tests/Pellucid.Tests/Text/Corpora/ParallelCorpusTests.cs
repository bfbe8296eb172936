using System.Security.Cryptography;
using System.Text;
using Pellucid.Text;
using Pellucid.Text.Corpora;

namespace Pellucid.Tests.Text.Corpora;

public sealed class ParallelCorpusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATsvGivesItsPairsAndItsHash()
    {
        var path = _folder.File("a.tsv", "Hello.\tHola.\r\nBye.\tAdiós.");
        var corpus = ParallelCorpus.FromTsv(path);
        Assert.Equal([new("Hello.", "Hola."), new("Bye.", "Adiós.")], corpus.Pairs);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), corpus.Files.Single().Sha256);
        Assert.Equal("2 pairs read, 2 kept", corpus.Statistics.ToString());
        Assert.Equal(["Hello.", "Bye.", "Hola.", "Adiós."], corpus.BothSides);
    }

    [Fact]
    public void TwoFilesGiveTheirLinesInPairs()
    {
        var corpus = ParallelCorpus.FromFiles(_folder.File("a.en", "one\ntwo\n"), _folder.File("a.es", "uno\ndos"));
        Assert.Equal([new("one", "uno"), new("two", "dos")], corpus.Pairs);
        Assert.Equal(2, corpus.Files.Count);
    }

    [Fact]
    public void WhatIsLeftOutIsCountedWithExamples()
    {
        var path = _folder.File("a.tsv", """
            one	uno
             	nada
            one	uno
            same	same
            much too long for this	demasiado
            a	zzzzzzzzz
            empty	
            """.Replace("\r", ""));
        var cleaning = new CorpusCleaning
        {
            DropDuplicates = true, DropIdentical = true, MaximumLength = 15, MaximumLengthRatio = 3, LengthRatioFrom = 5, Examples = 1,
        };
        var statistics = ParallelCorpus.FromTsv(path, cleaning).Statistics;
        Assert.Equal((7, 1), (statistics.Read, statistics.Kept));
        Assert.Equal(
            [(DropReason.EmptySide, 2), (DropReason.TooLong, 1), (DropReason.LengthRatio, 1), (DropReason.IdenticalSides, 1), (DropReason.Duplicate, 1)],
            statistics.Dropped.Select(drop => (drop.Reason, (int)drop.Count)));
        Assert.Equal(new DroppedPair(path, 2, new("", "nada")), Assert.Single(statistics.Dropped[0].Examples));
        Assert.Equal("7 pairs read, 1 kept; left out: 2 EmptySide, 1 TooLong, 1 LengthRatio, 1 IdenticalSides, 1 Duplicate", statistics.ToString());
    }

    [Fact]
    public void WithoutCleaningNothingChanges()
    {
        var corpus = ParallelCorpus.FromTsv(_folder.File("a.tsv", " a \t\n\tb\n"), CorpusCleaning.None);
        Assert.Equal([new(" a ", ""), new("", "b")], corpus.Pairs);
    }

    [Fact]
    public void AByteOrderMarkIsLeftOutAtTheBeginningOnlyAndReported()
    {
        var path = _folder.File("a.tsv", "\uFEFFone\tuno\n\uFEFFtwo\tdos\n");
        var corpus = ParallelCorpus.FromTsv(path);
        Assert.Equal(["one", "\uFEFFtwo"], corpus.Pairs.Select(pair => pair.Source));
        Assert.Equal([path], corpus.Statistics.ByteOrderMarks);
        Assert.Contains("byte order mark", corpus.Statistics.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AByteOrderMarkStaysWhereItIsText() =>
        Assert.Equal(["\uFEFFa"], LineReader.Lines(_folder.File("a", "\uFEFFa\n"), keepByteOrderMark: true));

    [Fact]
    public void CorporaFollowOneAnotherAndTheirStatisticsAddUp()
    {
        var both = ParallelCorpus.Concat(
            ParallelCorpus.FromTsv(_folder.File("a.tsv", "one\tuno\n\t\n")), ParallelCorpus.FromTsv(_folder.File("b.tsv", "\tx\ntwo\tdos\n")));
        Assert.Equal(["one", "two"], both.Pairs.Select(pair => pair.Source));
        Assert.Equal("4 pairs read, 2 kept; left out: 2 EmptySide", both.Statistics.ToString());
        Assert.Equal([_folder.File("a.tsv"), _folder.File("b.tsv")], both.Files.Select(file => file.Path));
        Assert.Equal([2L, 1L], both.Statistics.Dropped[0].Examples.Select(example => example.Line));
    }

    [Fact]
    public void InvalidUtf8IsAnErrorAtItsLine()
    {
        var path = _folder.File("a.tsv", [.. "one\tuno\nma"u8, 0xF1, .. "ana\tx\n"u8]);
        var error = Assert.Throws<CorpusException>(() => ParallelCorpus.FromTsv(path));
        Assert.Equal((path, 2), (error.File, error.Line));
        Assert.Contains("byte 3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one\tuno\nno tab here\n", 2)]
    [InlineData("one\tuno\tun\n", 1)]
    public void ALineWithoutExactlyOneTabIsAnErrorAtItsLine(string content, int line)
    {
        var error = Assert.Throws<CorpusException>(() => ParallelCorpus.FromTsv(_folder.File("a.tsv", content)));
        Assert.Equal(line, error.Line);
        Assert.Contains("tab", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1\n2\n3\n", "1\n2\n", "b", 3)]
    [InlineData("1\n", "1\n2\n3\n", "a", 2)]
    [InlineData("", "1\n", "a", 1)]
    public void UnequalLineCountsNameTheShorterFileAndTheLine(string left, string right, string shorter, int line)
    {
        var (a, b) = (_folder.File("a", left), _folder.File("b", right));
        var error = Assert.Throws<CorpusException>(() => ParallelCorpus.FromFiles(a, b));
        Assert.Equal(_folder.File(shorter), error.File);
        Assert.Equal(line, error.Line);
    }

    [Fact]
    public void MissingEmptyAndCleanedOutFilesAreErrors()
    {
        var missing = Assert.Throws<CorpusException>(() => ParallelCorpus.FromTsv(_folder.File("none.tsv")));
        Assert.Contains("no such file", missing.Message, StringComparison.Ordinal);
        var empty = Assert.Throws<CorpusException>(() => ParallelCorpus.FromTsv(_folder.File("empty.tsv", "")));
        Assert.Contains("empty", empty.Message, StringComparison.Ordinal);
        Assert.Throws<CorpusException>(() => ParallelCorpus.FromFiles(_folder.File("empty.tsv"), _folder.File("empty.tsv")));
        var cleaned = Assert.Throws<CorpusException>(() => ParallelCorpus.FromTsv(_folder.File("blank.tsv", "\t\n\t\n")));
        Assert.Contains("2 EmptySide", cleaned.Message, StringComparison.Ordinal);
        Assert.Throws<CorpusException>(() => ParallelCorpus.FromTsv(_folder.File(".")));
    }

    [Fact]
    public void LinesAreThoseOfTheFileWhateverTheBufferHolds()
    {
        var random = new Random(2);
        var lines = Enumerable.Range(0, 200).Select(_ => new string('é', random.Next(0, 2000))).ToList();
        var path = _folder.File("long", string.Join("\n", lines) + "\n");
        Assert.Equal(lines, LineReader.Lines(path));
        using var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes("a\r\n\r\nb\rc")), "memory");
        Assert.Equal(("a", "", "b\rc", null), (reader.ReadLine(), reader.ReadLine(), reader.ReadLine(), reader.ReadLine()));
        Assert.Equal(3, reader.LineNumber);
        Assert.NotNull(reader.Sha256);
    }

    [Fact]
    public void TheTatoebaCorpusIsClean()
    {
        var corpus = ParallelCorpus.FromTsv(SharedFiles.Require("corpora/tatoeba-en-es/train.tsv"), new() { DropDuplicates = true });
        Assert.Equal("115442 pairs read, 115442 kept", corpus.Statistics.ToString());
    }
}
