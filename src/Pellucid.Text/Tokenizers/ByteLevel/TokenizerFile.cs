using System.Text;

namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>Files of byte-level tokenizers, as bytes and lines; what goes wrong is a <see cref="TokenizerException"/> that names the file.</summary>
internal static class TokenizerFile
{
    private const long Largest = 128L << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <exception cref="TokenizerException">The file is missing, too large or cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            if (stream.Length > Largest)
                throw new TokenizerException(FormattableString.Invariant($"the file has {stream.Length} bytes; one of more than {Largest} is not read"), path);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TokenizerException("there is no such file", path, null, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException("the file cannot be read: " + error.Message, path, null, error);
        }
    }

    /// <exception cref="TokenizerException">The bytes are not UTF-8.</exception>
    public static string Text(ReadOnlySpan<byte> bytes, string path, long? line)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new TokenizerException(FormattableString.Invariant($"not UTF-8 at byte {Math.Max(error.Index, 0) + 1}"), path, line, error);
        }
    }

    /// <exception cref="TokenizerException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(path, write);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException("the file cannot be written: " + error.Message, path, null, error);
        }
    }
}
