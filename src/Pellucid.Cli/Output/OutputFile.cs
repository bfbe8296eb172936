using System.Text;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Cli.Output;

/// <summary>Where a verb's data goes: stdout, or a file that is complete or not there at all.</summary>
internal static class OutputFile
{
    /// <param name="path">A file, or "-" or null for stdout.</param>
    /// <param name="write">Writes lines; for a file, an exception leaves the old file as it was.</param>
    public static void Write(string? path, Terminal terminal, Action<TextWriter> write)
    {
        if (path is null or "-")
        {
            write(terminal.Output);
            return;
        }
        if (OpenDevice(path) is { } device)
        {
            using (device) WriteTo(device, write);
            return;
        }
        AtomicFile.Write(path, stream => WriteTo(stream, write));
    }

    /// <summary>Copies a file to one that is complete or not there at all.</summary>
    public static void Copy(string from, string path) => AtomicFile.Write(path, stream =>
    {
        using var source = File.OpenRead(from);
        source.CopyTo(stream);
    });

    private static void WriteTo(Stream stream, Action<TextWriter> write)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 15, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    }

    // A pipe or a device keeps its place in the file system: nothing is renamed onto it.
    private static FileStream? OpenDevice(string path)
    {
        if (!File.Exists(path)) return null;
        var isDevice = Path.GetFullPath(path) is var full && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));
        var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        if (isDevice || !stream.CanSeek) return stream;
        stream.Dispose();
        return null;
    }
}
