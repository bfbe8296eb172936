using System.Text;
using System.Text.Json;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Training.Runs;

/// <summary>JSON files whose every failure names the file and the place.</summary>
internal static class StrictJson
{
    private const long LargestFile = 1 << 24;

    internal static JsonDocument Read(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > LargestFile)
                throw new CheckpointException(path, null, $"the file has {length} bytes, far more than such a file needs", "Is it the right file?");
            return JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointException(path, null, "there is no such file", "Check the path; a run folder and its checkpoints are complete or not there at all.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, "cannot be read (" + error.Message.TrimEnd('.') + ")", "Check its permissions.", error);
        }
        catch (JsonException error)
        {
            throw new CheckpointException(path, null, $"is not valid JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}", "Restore it, or resume from an earlier checkpoint.", error);
        }
    }

    /// <summary>Runs a reader of the document and gives its failures the file's name.</summary>
    internal static TResult Checked<TResult>(string path, Func<TResult> read)
    {
        try
        {
            return read();
        }
        catch (KeyNotFoundException error)
        {
            throw new CheckpointException(path, null, "a value is missing", "Restore it, or resume from an earlier checkpoint.", error);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            throw new CheckpointException(path, null, $"a value cannot be used ({error.Message.TrimEnd('.')})", "Restore it, or resume from an earlier checkpoint.", error);
        }
    }

    /// <summary>One JSON value as text; indented unless it is to be one line.</summary>
    internal static string Text(Action<Utf8JsonWriter> write, bool indented = true)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(json);
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }
}
