using Pellucid.Text.Corpora;

namespace Pellucid.Text.Words;

/// <summary>
/// The words of a text as white space (blank, tab, line feed, carriage return, vertical tab, form feed) separates them, and where its lines end. Bytes are not decoded: whoever learns a new word checks it.
/// Lines may be of any length.
/// </summary>
internal sealed class WordReader : IDisposable
{
    private const int LongestWord = 1 << 16;

    private readonly Stream stream;
    private readonly byte[] buffer;
    private int start, end;
    private bool isAtEnd, isBegun;

    /// <exception cref="CorpusException">The file is missing or cannot be read.</exception>
    public WordReader(string path) : this(Open(path), path)
    {
    }

    public WordReader(Stream stream, string name, int bufferSize = 1 << 20)
    {
        (this.stream, Name) = (stream, name);
        buffer = new byte[Math.Max(bufferSize, 2 * LongestWord)];
    }

    public string Name { get; }

    /// <summary>Lines read so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>The next word, valid until the next call; an empty one is the end of a line. False at the end of the text.</summary>
    /// <exception cref="CorpusException">A word has more than 65,536 bytes, or the file cannot be read.</exception>
    public bool Next(out ReadOnlySpan<byte> word)
    {
        int at = start;
        while (true)
        {
            for (; at < end; at++)
            {
                byte b = buffer[at];
                if (b > ' ' || !IsSpace(b)) continue;
                if (at > start)
                {
                    word = buffer.AsSpan(start, at - start);
                    start = at; // the space is met again
                    return true;
                }
                start = at + 1;
                if (b != '\n') continue;
                Lines++;
                word = default;
                return true;
            }
            if (at - start > LongestWord)
                throw new CorpusException($"a word has more than {LongestWord:N0} bytes; is this a text whose words are separated by blanks?", Name, Lines + 1);
            int held = at - start;
            if (Fill())
            {
                at = start + held;
                continue;
            }
            word = buffer.AsSpan(start, held);
            start = at;
            return held > 0;
        }
    }

    public void Dispose() => stream.Dispose();

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r' or 0x0B or 0x0C;

    private bool Fill()
    {
        if (isAtEnd) return false;
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        int read;
        try
        {
            read = stream.Read(buffer, end, buffer.Length - end);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new CorpusException("the file cannot be read: " + error.Message, Name, Lines + 1, error);
        }
        end += read;
        Position += read;
        isAtEnd = read == 0;
        if (!isBegun && end >= 3)
        {
            isBegun = true;
            if (buffer.AsSpan(0, 3).SequenceEqual("\uFEFF"u8)) start = 3;
        }
        return !isAtEnd;
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
