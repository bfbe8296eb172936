using Pellucid.Models.Checkpoints;
using Pellucid.Tests.Models.Checkpoints;
using Pellucid.Training;
using Pellucid.Training.Runs;

namespace Pellucid.Tests.Training.Runs;

public sealed class CheckpointAveragingTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void TheMeanIsTakenElementByElement()
    {
        CheckpointAveraging.Average([Write("a", 1, 2, 3), Write("b", 3, 4, 8), Write("c", 5, 0, 1)], temporary.File("mean"));
        using var mean = SafetensorsFile.Open(temporary.File("mean"));
        Assert.Equal([3f, 2f, 4f], mean.ReadFloats("x"));
    }

    [Fact]
    public void OneCheckpointIsItsOwnMean()
    {
        string one = Write("a", 0.1f, 1e-30f, 3e30f);
        CheckpointAveraging.Average([one], temporary.File("mean"));
        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(temporary.File("mean")));
    }

    [Fact]
    public void CheckpointsOfDifferentShapesAreRefused()
    {
        var error = Assert.Throws<CheckpointException>(() => CheckpointAveraging.Average([Write("a", 1, 2, 3), Write("b", 1, 2)], temporary.File("mean")));
        Assert.Equal("x", error.Tensor);
        Assert.False(File.Exists(temporary.File("mean")));
    }

    [Fact]
    public void NothingHasNoMean() => Assert.Throws<TrainingException>(() => CheckpointAveraging.Average([], temporary.File("mean")));

    private string Write(string name, params float[] values)
    {
        SafetensorsWriter.Write(temporary.File(name), [new NamedValues("x", [values.Length], values)]);
        return temporary.File(name);
    }
}
