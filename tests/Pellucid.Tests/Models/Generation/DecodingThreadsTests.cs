using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors.Kernels;

namespace Pellucid.Tests.Models.Generation;

[Collection(nameof(ThreadCount))]
public sealed class DecodingThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void TheNumberOfThreadsChangesNothing(int threads)
    {
        var expected = Generate();
        int before = Threading.Count;
        try
        {
            Threading.Count = threads;
            var found = Generate();
            for (int i = 0; i < expected.Count; i++)
                Bits.Equal(expected[i], found[i]);
        }
        finally
        {
            Threading.Count = before;
        }
    }

    private static IReadOnlyList<IReadOnlyList<Hypothesis>> Generate() =>
        Generator.Generate(TransformerDecodingTests.Model, TransformerDecodingTests.Sources[..20], TransformerDecodingTests.Options(new Search.Beam(4)));
}
