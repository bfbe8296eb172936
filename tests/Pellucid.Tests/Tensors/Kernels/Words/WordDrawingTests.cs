using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels.Words;

public sealed unsafe class WordDrawingTests
{
    [Fact]
    public void AnAliasTableDrawsEachNumberAsOftenAsItsWeightSays()
    {
        long[] counts = [1000, 400, 100, 10, 10, 1];
        ulong[] table = AliasTable.Make(counts, 0.75);
        const int columns = 1 << 20;
        double[] drawn = new double[counts.Length];
        fixed (ulong* p = table)
            for (uint i = 0; i < columns; i++) drawn[AliasTable.Draw(p, counts.Length, i << 12)] += 1.0 / columns;
        double sum = counts.Sum(count => Math.Pow(count, 0.75));
        for (int i = 0; i < counts.Length; i++) Assert.Equal(Math.Pow(counts[i], 0.75) / sum, drawn[i], 1e-4);
    }

    [Fact]
    public void TheWaysOfAHuffmanTreeAreAsShortAsTheyCanBe()
    {
        long[] counts = [45, 16, 13, 12, 9, 5]; // Cormen et al., Introduction to Algorithms, figure 16.4: 224 bits
        var tree = HuffmanTree.Of(counts);
        int[] lengths = [.. counts.Select((_, i) => tree.Starts[i + 1] - tree.Starts[i])];
        Assert.Equal(224, counts.Zip(lengths, (count, length) => count * length).Sum());
        Assert.Equal(lengths.Max(), tree.Longest);
    }

    [Fact]
    public void NoWayOfAHuffmanTreeIsTheBeginningOfAnother()
    {
        var rng = new Rng(3);
        long[] counts = [.. Enumerable.Range(0, 300).Select(i => 1 + (long)rng.Below(1000, (ulong)i)).OrderDescending()];
        var tree = HuffmanTree.Of(counts);
        string[] codes = [.. counts.Select((_, i) => string.Concat(tree.GoesLeft[tree.Starts[i]..tree.Starts[i + 1]]))];
        Assert.Equal(1.0, codes.Sum(code => Math.Pow(2, -code.Length)), 1e-12); // Kraft's sum of a full tree
        Assert.Equal(codes.Length, codes.Distinct().Count());
        Assert.All(Enumerable.Range(0, counts.Length), i => Assert.Equal(counts.Length - 2, tree.Nodes[tree.Starts[i]]));
    }

    [Theory]
    [InlineData(0, 1, new[] { 11 })]
    [InlineData(1, 1, new[] { 10, 12 })]
    [InlineData(1, 5, new[] { 10, 12 })]
    [InlineData(4, 2, new[] { 15, 16 })]
    [InlineData(6, 2, new[] { 14, 15 })]
    public void AWindowEndsWhereTheSentenceEnds(int at, int reach, int[] want)
    {
        int[] words = [10, 11, 12, -1, 14, 15, 16];
        int* into = stackalloc int[10];
        fixed (int* p = words)
        {
            int count = WindowWords.Around(p, words.Length, at, reach, into);
            Assert.Equal(want, new Span<int>(into, count).ToArray());
        }
    }
}
