using System.Buffers;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Tests.Models.Checkpoints;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AFullDiskLeavesTheOldFileAndNothingElse()
    {
        string path = Existing();
        // 4,000 times 8 GB: more than any disk holds. Where the file system cannot reserve space, the first read of the values fails instead.
        using var endless = new FullDisk();
        var tensors = Enumerable.Range(0, 4000).Select(i => new NamedValues($"w{i}", [FullDisk.Length], endless.Memory));

        var error = Assert.Throws<CheckpointException>(() => SafetensorsWriter.Write(path, tensors));

        Assert.IsType<IOException>(error.InnerException, exactMatch: false);
        Assert.Contains("free space", error.Message);
        OldFileIsUntouched(path);
    }

    [Fact]
    public void AFailureHalfWayLeavesTheOldFileAndNothingElse()
    {
        string path = Existing();
        var error = Assert.Throws<CheckpointException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new IOException("No space left on device");
        }));

        Assert.Contains("No space left on device", error.Message);
        OldFileIsUntouched(path);
    }

    [Fact]
    public void CancellingLeavesTheOldFileAndNothingElse()
    {
        string path = Existing();
        Assert.Throws<OperationCanceledException>(() => SafetensorsWriter.Write(path, [new("w", [1], new float[1])], cancellation: new CancellationToken(canceled: true)));
        OldFileIsUntouched(path);
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsATypedError()
    {
        string missing = folder.File("missing/model.safetensors");
        Assert.Contains("does not exist", Failure(missing).Message);
        Assert.Contains("is a folder", Failure(folder.Path).Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AFolderWithoutWritePermissionIsATypedError()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
        {
            Assert.Skip("POSIX permissions do not bind this user");
            return;
        }

        Directory.CreateDirectory(folder.File("sealed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains("not writable", Failure(folder.File("sealed/model.safetensors")).Message);
    }

    [Fact]
    public void AFolderOfTheKernelIsNotWritableEvenByRoot()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc exists on Linux only");
        Assert.Equal("/proc/model.safetensors", Failure("/proc/model.safetensors").File);
    }

    [Theory]
    [InlineData(StorageType.Float16, 65520f)]
    [InlineData(StorageType.Float16, -1e6f)]
    [InlineData(StorageType.BFloat16, float.MaxValue)]
    public void AValueTooLargeForTheStorageIsNotSilentlyInfinite(StorageType storage, float value)
    {
        string path = Existing();
        var error = Assert.Throws<CheckpointException>(() => SafetensorsWriter.Write(path, [new("w", [2, 2], new[] { 1f, 2f, value, float.NaN })], storage));
        Assert.Equal("w", error.Tensor);
        Assert.Contains("element 2", error.Message);
        OldFileIsUntouched(path);
    }

    [Fact]
    public void NamesAndShapesAreCheckedBeforeAnythingIsWritten()
    {
        float[] values = new float[6];
        Assert.Throws<CheckpointException>(() => Write(new NamedValues("w", [2, 4], values)));
        Assert.Throws<CheckpointException>(() => Write(new NamedValues("w", [-2, -3], values)));
        Assert.Throws<CheckpointException>(() => Write(new NamedValues("w", [int.MaxValue, int.MaxValue, int.MaxValue], values)));
        Assert.Throws<CheckpointException>(() => Write(new NamedValues("", [6], values)));
        Assert.Throws<CheckpointException>(() => Write(new NamedValues("__metadata__", [6], values)));
        Assert.Throws<CheckpointException>(() => Write(new NamedValues("\ud800", [6], values)));
        Assert.Throws<CheckpointException>(() => Write(new("w", [6], values), new("w", [6], values)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SafetensorsWriter.Write(folder.File("w"), [], StorageType.Int64));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private void Write(params NamedValues[] tensors) => SafetensorsWriter.Write(folder.File("w"), tensors);

    private static CheckpointException Failure(string path) =>
        Assert.Throws<CheckpointException>(() => SafetensorsWriter.Write(path, [new("w", [1], new float[1])]));

    private string Existing()
    {
        string path = folder.File("model.safetensors");
        File.WriteAllText(path, "the only good copy");
        return path;
    }

    private void OldFileIsUntouched(string path)
    {
        Assert.Equal("the only good copy", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>Claims 2^31 - 1 values; reading them is the write that found the disk full.</summary>
    private sealed class FullDisk : MemoryManager<float>
    {
        public const int Length = int.MaxValue;

        public override Memory<float> Memory => CreateMemory(Length);

        public override Span<float> GetSpan() => throw new IOException("No space left on device");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
