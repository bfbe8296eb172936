namespace Pellucid.Models.Checkpoints;

/// <summary>Writes a file so that a reader sees the old one or the new one, never half of either.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Runs <paramref name="write"/> on a temporary file in the same folder, flushes it to the disk and renames it to <paramref name="path"/>.
    /// On any failure the temporary file is removed and a file already at <paramref name="path"/> is untouched.
    /// </summary>
    /// <param name="length">Bytes that will be written, when known: a full disk is then noticed before the first byte. 0 when unknown.</param>
    /// <exception cref="CheckpointException">The folder is missing or unwritable, the disk is full, or another I/O failure.</exception>
    public static void Write(string path, Action<Stream> write, long length = 0)
    {
        string full = Path.GetFullPath(path);
        string? folder = Path.GetDirectoryName(full);
        if (folder is null || Directory.Exists(full))
        {
            throw Failure(path, "is a folder", "Give a file name.", null);
        }

        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        bool renamed = false;
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, PreallocationSize = length };
            using (var stream = new FileStream(temporary, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
            renamed = true;
        }
        catch (DirectoryNotFoundException error)
        {
            throw Failure(path, $"the folder {folder} does not exist", "Create it first.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw Failure(path, $"the folder {folder} is not writable", "Check its permissions or write elsewhere.", error);
        }
        catch (IOException error)
        {
            throw Failure(path, $"could not be written ({error.Message.TrimEnd('.')})", "Check free space and permissions; a previous file of this name is unchanged.", error);
        }
        finally
        {
            if (!renamed)
            {
                TryDelete(temporary);
            }
        }
    }

    /// <summary>As <see cref="Write"/>, with UTF-8 text without a byte order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one worth reporting; a folder that vanished has nothing left to remove.
        }
    }

    private static CheckpointException Failure(string path, string cause, string fix, Exception? inner) => new(path, null, cause, fix, inner);
}
