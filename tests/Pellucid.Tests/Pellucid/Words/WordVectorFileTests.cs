using System.Text;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class WordVectorFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"pellucid-test-{Guid.NewGuid():N}.vec");

    private readonly WordVectors _vectors = WordVectorsTests.Vectors(
        ("de", [1f / 3, -0f, 1e-30f, 3.4028235e38f]), ("字", [0.1f, 2, -3, 4]), ("naïve", [float.Epsilon, 0, 0, 1]));

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFileBringsBackEveryBit(bool isBinary)
    {
        Write(isBinary);
        var read = WordVectorFile.Read(_path);
        Assert.Equal(Enumerable.Range(0, 3).Select(id => _vectors.Vocabulary[id]), Enumerable.Range(0, 3).Select(id => read.Vocabulary[id]));
        Assert.Equal(Bits(_vectors), Bits(read));
    }

    [Fact]
    public void TheTextIsThatOfWord2VecsPrograms()
    {
        File.WriteAllText(_path, "2 3\nthe 0.1 -2 3e-1 \nof 4 5 6\n");
        var read = WordVectorFile.Read(_path);
        Assert.Equal([0.1f, -2, 0.3f], read["the"].ToArray());
        Assert.Equal([4f, 5, 6], read["of"].ToArray());
    }

    [Fact]
    public void ABinaryFileMayDoWithoutLineEnds()
    {
        File.WriteAllBytes(_path, [.. "2 1\na "u8, .. BitConverter.GetBytes(1.5f), .. "b "u8, .. BitConverter.GetBytes(-2.5f)]);
        Assert.Equal([1.5f, -2.5f], Bits(WordVectorFile.Read(_path)).Select(BitConverter.Int32BitsToSingle));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(300)]
    public void ABinaryFileMayBeginWithAnyByte(int width)
    {
        for (int first = 0; first < 256; first++)
        {
            float[] row = [BitConverter.ToSingle([(byte)first, 0x12, 0x34, 0x3e]), .. Enumerable.Repeat(0.25f, width - 1)];
            WordVectorFile.WriteBinary(WordVectorsTests.Vectors(("king", row), ("queen", row)), _path);
            var read = WordVectorFile.Read(_path);
            Assert.Equal(row, read["king"].ToArray());
            Assert.Equal(row, read["queen"].ToArray());
        }
    }

    [Theory]
    [InlineData("1 1\na 7\n")]
    [InlineData("1 1\na 7 \r\n")]
    [InlineData("2 1\na 7\nb 1\n")]
    public void ARowOfTextMayBeShort(string text)
    {
        File.WriteAllText(_path, text);
        Assert.Equal([7f], WordVectorFile.Read(_path)["a"].ToArray());
    }

    [Fact]
    public void APipeIsAnErrorThatSaysWhatToDo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes have no path there");
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        string path = "/dev/fd/" + pipe.GetClientHandleAsString();
        var error = Assert.Throws<WordVectorException>(() => WordVectorFile.Read(path));
        Assert.Equal(path, error.File);
        Assert.Contains("write it to a file first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFirstWordsAloneAreReadWhenAsked()
    {
        Write(isBinary: true);
        Assert.Equal(2, WordVectorFile.Read(_path, most: 2).Vocabulary.Count);
    }

    [Theory]
    [InlineData("", "does not begin")]
    [InlineData("hello world\n", "does not begin")]
    [InlineData("3\n", "does not begin")]
    [InlineData("0 5\n", "0 words")]
    [InlineData("5 99999999\n", "width 99999999")]
    [InlineData("2000000000 300\na 1", "was it cut")]
    [InlineData("9223372036854775807 60000\na 1", "was it cut")]
    [InlineData("2 2\na 1 2\nb 1\n", "word 2 of 2")]
    [InlineData("2 2\na 1 2 3\nb 1 2\n", "word 1 of 2")]
    [InlineData("2 2\na 1 2\na 3 4\n", "twice")]
    [InlineData("1 4\na one two\n", "word 1 of 1")]
    public void ADamagedFileIsAnErrorThatSaysWhere(string text, string says)
    {
        File.WriteAllText(_path, text);
        var error = Assert.Throws<WordVectorException>(() => WordVectorFile.Read(_path));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(_path, error.File);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryTruncationIsAnError(bool isBinary)
    {
        Write(isBinary);
        byte[] whole = File.ReadAllBytes(_path);
        for (int length = 0; length < whole.Length - 12; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Throws<WordVectorException>(() => WordVectorFile.Read(_path));
        }
    }

    [Fact]
    public void AWordThatIsNotUtf8IsAnErrorWithItsLine()
    {
        File.WriteAllBytes(_path, [.. "2 1\na 1\n"u8, 0xFF, .. " 2\n"u8]);
        Assert.Equal(3, Assert.Throws<WordVectorException>(() => WordVectorFile.Read(_path)).Line);
    }

    private void Write(bool isBinary)
    {
        if (isBinary) WordVectorFile.WriteBinary(_vectors, _path);
        else WordVectorFile.WriteText(_vectors, _path);
    }

    private static IEnumerable<int> Bits(WordVectors vectors) => Enumerable.Range(0, vectors.Vocabulary.Count).SelectMany(id => vectors[id].ToArray()).Select(BitConverter.SingleToInt32Bits);
}
