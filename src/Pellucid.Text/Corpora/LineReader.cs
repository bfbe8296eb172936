using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Pellucid.Text.Corpora;

/// <summary>
/// The lines of a UTF-8 file, one at a time. A line ends with LF or CR LF; the last one need not end. Bytes that are not UTF-8 are an
/// error that names the line. A byte order mark at the very beginning is left out, and <see cref="HadByteOrderMark"/> says so;
/// U+FEFF anywhere else is a character of the text.
/// </summary>
public sealed class LineReader : IDisposable
{
    private const int LongestLine = 1 << 26;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly string _name;
    private readonly Stream _stream;
    private readonly bool _keepByteOrderMark;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private int _start;
    private int _end;
    private bool _ended;

    /// <exception cref="CorpusException">The file is missing or cannot be read.</exception>
    public LineReader(string path, bool keepByteOrderMark = false) : this(Open(path), path, keepByteOrderMark)
    {
    }

    /// <param name="stream">Any bytes; disposed with the reader.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="keepByteOrderMark">Whether a U+FEFF at the very beginning is text too.</param>
    public LineReader(Stream stream, string name, bool keepByteOrderMark = false)
    {
        _keepByteOrderMark = keepByteOrderMark;
        _stream = stream;
        _name = name;
    }

    /// <summary>The number of lines given so far, which is the number of the last one, counted from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Whether the file began with a byte order mark; it was left out unless the reader was asked to keep it.</summary>
    public bool HadByteOrderMark { get; private set; }

    /// <summary>SHA-256 of the file's bytes in lower-case hexadecimal, once the last line was read; null before.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>All lines of a file.</summary>
    /// <exception cref="CorpusException">The file is missing, cannot be read or is not UTF-8.</exception>
    public static IEnumerable<string> Lines(string path, bool keepByteOrderMark = false)
    {
        using var reader = new LineReader(path, keepByteOrderMark);
        while (reader.ReadLine() is { } line) yield return line;
    }

    /// <summary>The next line without its end, or null.</summary>
    /// <exception cref="CorpusException">The line is not UTF-8, or longer than 64 MiB, or the file cannot be read.</exception>
    public string? ReadLine()
    {
        _line.Clear();
        while (true)
        {
            if (_start == _end && !Fill()) return _line.WrittenCount > 0 ? Finish(_line.WrittenSpan) : null;
            var available = _buffer.AsSpan(_start, _end - _start);
            var newline = available.IndexOf((byte)'\n');
            if (newline < 0)
            {
                _line.Write(available);
                _start = _end;
                if (_line.WrittenCount > LongestLine)
                    throw new CorpusException("the line is longer than 64 MiB; is this a text file with one sentence a line?", _name, LineNumber + 1);
                continue;
            }
            _start += newline + 1;
            if (_line.WrittenCount == 0) return Finish(available[..newline]);
            _line.Write(available[..newline]);
            return Finish(_line.WrittenSpan);
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }

    private string Finish(ReadOnlySpan<byte> bytes)
    {
        LineNumber++;
        if (!bytes.IsEmpty && bytes[^1] == '\r') bytes = bytes[..^1];
        if (LineNumber == 1 && bytes.StartsWith("\uFEFF"u8))
        {
            HadByteOrderMark = true;
            if (!_keepByteOrderMark) bytes = bytes[3..];
        }
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new CorpusException(FormattableString.Invariant(
                $"not UTF-8 at byte {Math.Max(error.Index, 0) + 1} of the line; convert the file, for example with iconv -f latin1 -t utf-8"), _name, LineNumber, error);
        }
    }

    private bool Fill()
    {
        if (_ended) return false;
        try
        {
            _start = 0;
            _end = _stream.Read(_buffer);
        }
        catch (IOException error)
        {
            throw new CorpusException("the file cannot be read: " + error.Message, _name, LineNumber + 1, error);
        }
        _hash.AppendData(_buffer, 0, _end);
        if (_end > 0) return true;
        _ended = true;
        Sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset());
        return false;
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CorpusException("there is no such file", path, null, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CorpusException("the file cannot be read: " + error.Message, path, null, error);
        }
    }
}
