using Pellucid.Models.Checkpoints;
using Pellucid.Tests.Models.Checkpoints;
using Pellucid.Training;
using Pellucid.Training.Runs;

namespace Pellucid.Tests.Training.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    private string Run => temporary.File("run");

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void AFolderThatIsNotEmptyAsksForResumeOrOverwrite()
    {
        Directory.CreateDirectory(Run);
        File.WriteAllText(Path.Combine(Run, "thesis.txt"), "years of work");
        var error = Assert.Throws<TrainingException>(() => RunFolder.Open(Run, RunMode.New));
        Assert.Contains("--resume", error.Message, StringComparison.Ordinal);
        Assert.Contains("--overwrite", error.Message, StringComparison.Ordinal);
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(Run, "thesis.txt")));
    }

    [Fact]
    public void OverwritingRemovesTheRunAndNothingElse()
    {
        Train(RunMode.New, 12);
        File.WriteAllText(Path.Combine(Run, "thesis.txt"), "years of work");
        using (var folder = RunFolder.Open(Run, RunMode.Overwrite))
        {
            Assert.Null(folder.LastCheckpoint);
            Assert.True(File.Exists(Path.Combine(Run, "last")), "nothing is removed before training can begin");
            folder.Begin();
        }
        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(Run).Select(Path.GetFileName));
    }

    [Fact]
    public void ThereMustBeSomethingToResume()
    {
        var error = Assert.Throws<TrainingException>(() => RunFolder.Open(Run, RunMode.Resume));
        Assert.Contains("no checkpoint to resume from", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public void TwoProcessesCannotTrainInOneFolder()
    {
        using var first = RunFolder.Open(Run, RunMode.New);
        var error = Assert.Throws<TrainingException>(() => RunFolder.Open(Run, RunMode.Overwrite));
        Assert.Contains("another process", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderThatCannotBeMadeIsATypedError()
    {
        File.WriteAllText(temporary.File("file"), "");
        var error = Assert.Throws<CheckpointException>(() => RunFolder.Open(temporary.File("file/run"), RunMode.New));
        Assert.Contains(temporary.File("file/run"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnwritableFolderStopsTrainingWithATypedErrorAndKeepsWhatWasThere()
    {
        Train(RunMode.New, 12);
        byte[] model = File.ReadAllBytes(Path.Combine(Run, "model.safetensors"));
        // A file where the folder of checkpoints should be: fails for every user, root too.
        Directory.Move(Path.Combine(Run, "checkpoints"), temporary.File("moved"));
        Directory.CreateDirectory(Path.Combine(Run, "checkpoints"));
        Directory.Move(temporary.File("moved/step-00000012"), Path.Combine(Run, "checkpoints/step-00000012"));
        File.WriteAllText(Path.Combine(Run, "checkpoints/.step-00000020.tmp"), "in the way");
        Assert.Throws<CheckpointException>(() => Train(RunMode.Resume, 20));
        Assert.Equal(model, File.ReadAllBytes(Path.Combine(Run, "model.safetensors")));
        File.Delete(Path.Combine(Run, "checkpoints/.step-00000020.tmp"));
        Assert.Equal(20, Train(RunMode.Resume, 20).Step);
    }

    [Fact]
    public void AFullDiskStopsTrainingWithATypedErrorAndResumingLosesNothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        Train(RunMode.New, 12);
        string metrics = Path.Combine(Run, "metrics.jsonl"), kept = temporary.File("metrics.jsonl");
        using (var folder = RunFolder.Open(Run, RunMode.Resume))
        {
            var trainer = ReverseDigits.Trainer(ReverseDigits.Model(), ReverseDigits.Options, folder);
            File.Move(metrics, kept);
            File.CreateSymbolicLink(metrics, "/dev/full");
            var error = Assert.Throws<CheckpointException>(() => trainer.Run());
            Assert.Contains("metrics.jsonl", error.Message, StringComparison.Ordinal);
        }
        File.Delete(metrics);
        File.Move(kept, metrics);
        Assert.Equal(40, Train(RunMode.Resume, 40).Step);
    }

    [Theory]
    [InlineData("state.json", "{\"step\": 12,", "not valid JSON")]
    [InlineData("state.json", "{}", "a value is missing")]
    [InlineData("state.json", "{\"step\": \"twelve\"}", "cannot be used")]
    [InlineData("state.json", "[1]", "cannot be used")]
    [InlineData("model.safetensors", "xx", "model.safetensors")]
    [InlineData("optimizer.safetensors", "", "optimizer.safetensors")]
    public void ADamagedCheckpointIsATypedErrorThatNamesTheFile(string file, string content, string expected)
    {
        Train(RunMode.New, 12);
        string path = Path.Combine(Run, "checkpoints/step-00000012", file);
        File.WriteAllText(path, content);
        var error = Assert.Throws<CheckpointException>(() => Train(RunMode.Resume, 40));
        Assert.Equal(path, error.File);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NegativeCountersAreRefused()
    {
        Train(RunMode.New, 12);
        string path = Path.Combine(Run, "checkpoints/step-00000012/state.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"batch\": ", "\"batch\": -", StringComparison.Ordinal));
        Assert.Throws<CheckpointException>(() => Train(RunMode.Resume, 40));
    }

    [Theory]
    [InlineData("../../elsewhere")]
    [InlineData("checkpoints/step-1/../../..")]
    [InlineData("checkpoints/step-00000099")]
    [InlineData("")]
    public void APointerLeadsOnlyToACheckpointOfTheRun(string target)
    {
        Train(RunMode.New, 12);
        File.WriteAllText(Path.Combine(Run, "last"), target);
        Assert.Throws<CheckpointException>(() => Train(RunMode.Resume, 40));
    }

    [Fact]
    public void ACheckpointOfAnotherShapeNamesTheTensorAndBothShapes()
    {
        Train(RunMode.New, 12);
        using var folder = RunFolder.Open(Run, RunMode.Resume);
        var wider = ReverseDigits.Model(ReverseDigits.Config with { HiddenWidth = 32 });
        var error = Assert.Throws<CheckpointException>(() => ReverseDigits.Trainer(wider, folder: folder));
        Assert.Contains("feed_forward", error.Message, StringComparison.Ordinal);
        Assert.Contains("24", error.Message, StringComparison.Ordinal);
        Assert.Contains("32", error.Message, StringComparison.Ordinal);
    }

    private TrainingResult Train(RunMode mode, long steps)
    {
        using var folder = RunFolder.Open(Run, mode);
        return ReverseDigits.Trainer(ReverseDigits.Model(), ReverseDigits.Options with { MaxSteps = steps, ValidateEvery = 100 }, folder).Run();
    }
}
