using Pellucid.Models.Generation;
using Pellucid.Tensors;

namespace Pellucid.Tests.Translators;

/// <summary>Translating gives its memory back, also when it does not come to its end. Alone, since the process shares that memory.</summary>
[Collection("alone")]
public sealed class TranslatingMemoryTests
{
    private const string Text = "The old bridge is near the library, and that is very kind of it.";

    [Fact]
    public void TranslatingAndScoringReturnTheirMemory() => ReturnsEverything(() =>
    {
        SmallModel.Translator.Translate(Text, new TranslateOptions { Decoding = new DecodingOptions { Alignment = true } });
        SmallModel.Translator.Translate(Text, new TranslateOptions { Decoding = new DecodingOptions { Mode = DecodingMode.Recompute } });
        SmallModel.Translator.Score(["Thank you."], ["¿Dónde está?"]);
    });

    [Fact]
    public void AStreamThatIsLeftMidwayReturnsItsMemory() => ReturnsEverything(() =>
    {
        foreach (string piece in SmallModel.Translator.Stream(Text, Long))
        {
            Assert.NotEmpty(piece);
            break;
        }
    });

    [Fact]
    public void AStreamThatIsCancelledMidwayReturnsItsMemory() => ReturnsEverything(() =>
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (string _ in SmallModel.Translator.Stream(Text, Long, cancellation: stop.Token)) stop.Cancel();
        });
    });

    [Fact]
    public void AnAsynchronousStreamThatIsLeftMidwayReturnsItsMemory() => ReturnsEverything(() => Task.Run(async () =>
    {
        await foreach (string _ in SmallModel.Translator.StreamAsync(Text, Long)) break;
    }).GetAwaiter().GetResult());

    [Fact]
    public void ABatchThatIsCancelledMidwayReturnsItsMemory() => ReturnsEverything(() =>
    {
        using var stop = new CancellationTokenSource();
        var stopAtFirst = new OnProgress(stop.Cancel);
        var options = new TranslateOptions { Decoding = new DecodingOptions { RowBudget = 5 } };
        Assert.Throws<OperationCanceledException>(() => SmallModel.Translator.Translate([Text, "Thank you.", Text], options, stopAtFirst, stop.Token));
    });

    private static TranslateOptions Long => TranslateOptions.Greedy with
    {
        Decoding = TranslateOptions.Greedy.Decoding with { MinimumLength = new(0, 20), MaximumLength = new(0, 20) },
    };

    private static void ReturnsEverything(Action work)
    {
        work();
        FillPool(); // so that what is taken and not returned is missing
        var (used, idle) = (Arena.Shared.InUse, BufferPool.IdleBytes);
        for (int i = 0; i < 3; i++)
            work();
        Assert.Equal((used, idle), (Arena.Shared.InUse, BufferPool.IdleBytes));
    }

    private static void FillPool()
    {
        const int largest = 1 << 13, each = 40;
        for (int capacity = 16; capacity <= largest; capacity = (int)BufferPool.NextCapacity(capacity))
        {
            float[][] buffers = [.. Enumerable.Range(0, each).Select(_ => BufferPool.Rent(capacity))];
            foreach (float[] buffer in buffers)
                BufferPool.Return(buffer);
        }
    }

    private sealed class OnProgress(Action act) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => act();
    }
}
