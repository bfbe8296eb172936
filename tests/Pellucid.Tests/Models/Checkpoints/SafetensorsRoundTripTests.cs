using System.Text;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Tests.Models.Checkpoints;

public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.Float16)]
    [InlineData(StorageType.BFloat16)]
    public void WhatIsWrittenIsReadBack(StorageType storage)
    {
        // Quarters up to +-32 are exact in every storage; 70,001 elements span more than one chunk.
        float[] weight = [.. Enumerable.Range(0, 70_001).Select(i => (i * 37 % 257 - 128) / 4f)];
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                new("embedding.weight", [70_001], weight),
                new("scalar", [], new float[] { -0f }),
                new("empty", [3, 0, 5], ReadOnlyMemory<float>.Empty),
                new("größe \"π\" \n", [3, 5], weight.AsMemory(100, 15)),
            ],
            storage,
            new Dictionary<string, string> { ["format"] = "pt", ["about"] = "schön\n\"quoted\"" });

        using var file = SafetensorsFile.Open(path);

        Assert.Equal(["embedding.weight", "scalar", "empty", "größe \"π\" \n"], file.Entries.Select(entry => entry.Name));
        Assert.All(file.Entries, entry => Assert.Equal(storage, entry.Storage));
        Assert.Equal([3, 5], file["größe \"π\" \n"].Shape);
        Assert.Equal("[3, 0, 5]", file["empty"].ShapeText);
        Assert.Equal(weight, file.ReadFloats("embedding.weight"));
        Assert.Equal(BitConverter.SingleToInt32Bits(-0f), BitConverter.SingleToInt32Bits(file.ReadFloats("scalar")[0]));
        Assert.Empty(file.ReadFloats("empty"));
        Assert.Equal(weight[100..115], file.ReadFloats("größe \"π\" \n"));
        Assert.Equal("schön\n\"quoted\"", file.Metadata["about"]);
        Assert.Equal(2, file.Metadata.Count);
    }

    [Fact]
    public void EqualInputGivesEqualBytesAndTheDataIsAligned()
    {
        float[] values = [1, 2, 3];
        for (int length = 0; length < 9; length++)
        {
            string name = new('a', length + 1);
            byte[] first = Write("1", new NamedValues(name, [3], values));
            byte[] second = Write("2", new NamedValues(name, [3], values));

            Assert.Equal(first, second);
            Assert.Equal(0, BitConverter.ToInt64(first) % 8);
            Assert.Equal(1f, BitConverter.ToSingle(first, 8 + (int)BitConverter.ToInt64(first)));
        }
    }

    [Fact]
    public void TheBytesAreThoseOfTheFormat()
    {
        byte[] bytes = Write("tiny", new NamedValues("w", [1, 2], new float[] { 1f, -2f }));

        string header = """{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""";
        byte[] expected =
        [
            .. BitConverter.GetBytes((long)(header.Length + 7) / 8 * 8),
            .. Encoding.UTF8.GetBytes(header.PadRight((header.Length + 7) / 8 * 8)),
            0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0,
        ];
        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void NarrowingRoundsToTheNearestAndTiesToEven()
    {
        // Every 16-bit pattern, and for each the float halfway to its successor and its two neighbours.
        var values = new List<float>();
        for (int high = 0; high < 0x7F7F; high++)
        {
            uint tie = ((uint)high << 16) | 0x8000;
            values.AddRange([BitConverter.UInt32BitsToSingle(tie - 1), BitConverter.UInt32BitsToSingle(tie), -BitConverter.UInt32BitsToSingle(tie + 1)]);
        }

        float[] narrow = RoundTrip([.. values], StorageType.BFloat16);

        for (int high = 0; high < 0x7F7F; high++)
        {
            float below = BitConverter.UInt32BitsToSingle((uint)high << 16);
            float above = BitConverter.UInt32BitsToSingle((uint)(high + 1) << 16);
            Assert.Equal(below, narrow[3 * high]);
            Assert.Equal((high & 1) == 0 ? below : above, narrow[3 * high + 1]);
            Assert.Equal(-above, narrow[3 * high + 2]);
        }
    }

    [Fact]
    public void HalfPrecisionEqualsTheRuntimesOwnConversion()
    {
        var random = new Random(7);
        float[] values = [.. Enumerable.Range(0, 5000).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-30, 17)))), 65504f, 65519.9f, 5.9604645e-8f, 1e-12f];

        Assert.Equal(values.Select(value => (float)(Half)value), RoundTrip(values, StorageType.Float16));
    }

    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.Float16)]
    [InlineData(StorageType.BFloat16)]
    public void NanAndInfinitySurviveWhenTheReaderAllowsThem(StorageType storage)
    {
        float[] pattern = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, BitConverter.UInt32BitsToSingle(0x7F80_0001), 1f];
        float[] values = [.. Enumerable.Range(0, 50).Select(i => pattern[i % pattern.Length])];

        Assert.Equal(values, RoundTrip(values, storage, checkFinite: false));
    }

    [Fact]
    public void DoublesAndIntegersOfOtherWritersAreRead()
    {
        byte[] data = [.. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(-7L), .. BitConverter.GetBytes(-3), 200, 255, 1, 0];
        string path = HostileFile.Write(
            folder,
            """
            {"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"l":{"dtype":"I64","shape":[],"data_offsets":[8,16]},
             "i":{"dtype":"I32","shape":[1],"data_offsets":[16,20]},"u":{"dtype":"U8","shape":[1],"data_offsets":[20,21]},
             "s":{"dtype":"I8","shape":[1],"data_offsets":[21,22]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[22,24]}}
            """,
            data);

        using var file = SafetensorsFile.Open(path);

        Assert.Equal([1.5f], file.ReadFloats("d"));
        Assert.Equal([-7L], file.ReadIntegers("l"));
        Assert.Equal([-3L], file.ReadIntegers("i"));
        Assert.Equal([200L], file.ReadIntegers("u"));
        Assert.Equal([-1L], file.ReadIntegers("s"));
        Assert.Equal([1L, 0L], file.ReadIntegers("b"));
        Assert.Equal([1, 0], file.ReadBytes("b"));
        Assert.Contains("I64", Assert.Throws<CheckpointException>(() => file.ReadFloats("l")).Message);
        Assert.Contains("F64", Assert.Throws<CheckpointException>(() => file.ReadIntegers("d")).Message);
    }

    [Fact]
    public void SeveralThreadsMayReadOneFile()
    {
        float[] values = [.. Enumerable.Range(0, 300_000).Select(i => (float)i)];
        string path = folder.File("shared");
        SafetensorsWriter.Write(path, Enumerable.Range(0, 8).Select(i => new NamedValues($"w{i}", [300_000 - i], values.AsMemory(i))));
        using var file = SafetensorsFile.Open(path);

        Parallel.For(0, 64, i => Assert.Equal(values[(i % 8)..], file.ReadFloats($"w{i % 8}")));
    }

    private byte[] Write(string name, NamedValues tensor)
    {
        SafetensorsWriter.Write(folder.File(name), [tensor]);
        return File.ReadAllBytes(folder.File(name));
    }

    private float[] RoundTrip(float[] values, StorageType storage, bool checkFinite = true)
    {
        SafetensorsWriter.Write(folder.File("x"), [new("x", [values.Length], values)], storage);
        using var file = SafetensorsFile.Open(folder.File("x"), checkFinite);
        return file.ReadFloats("x");
    }
}
