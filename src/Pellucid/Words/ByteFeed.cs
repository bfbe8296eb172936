using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Pellucid.Words;

/// <summary>Words and numbers from a file of word vectors.</summary>
internal sealed class ByteFeed(Stream stream) : IDisposable
{
    private byte[] buffer = new byte[1 << 18];
    private int start, end;

    public void Dispose() => stream.Dispose();

    /// <summary>The bytes up to the next blank, without line ends before them; null when there is none within the limit.</summary>
    public byte[]? Word(int limit)
    {
        while (Need(1) && buffer[start] is (byte)'\n' or (byte)'\r') start++;
        for (int length = 0; length <= limit && Need(length + 1); length++)
        {
            if (buffer[start + length] != ' ') continue;
            byte[] word = buffer[start..(start + length)];
            start += length + 1;
            return word;
        }
        return null;
    }

    /// <summary>Whether a row of decimal numbers follows: in the bytes that as many floats take, up to the end of the line if that comes first, there are only characters of numbers, and no line ends before all of them.</summary>
    public bool LooksLikeNumbers(int width)
    {
        int look = Math.Min(4 * width, 1 << 12);
        Need(look);
        int numbers = 0;
        bool isInside = false;
        foreach (byte b in buffer.AsSpan(start, Math.Min(look, end - start)))
        {
            if (b == '\n') return numbers >= width; // one of 256 floats begins with this byte
            bool isBlank = b is (byte)' ' or (byte)'\r';
            if (!isBlank && !isInside) numbers++;
            isInside = !isBlank;
            if (b is not ((>= (byte)'0' and <= (byte)'9') or (byte)'.' or (byte)'-' or (byte)'+' or (byte)'e' or (byte)'E' or (byte)' ' or (byte)'\r')) return false;
        }
        return true;
    }

    /// <summary>As many decimal numbers as there is room for, and the end of the line; false when there are others.</summary>
    public bool Numbers(Span<float> into)
    {
        for (int i = 0; i < into.Length; i++)
        {
            while (Need(1) && buffer[start] == ' ') start++;
            Need(64);
            if (!Utf8Parser.TryParse(buffer.AsSpan(start, end - start), out float value, out int length)) return false;
            into[i] = value;
            start += length;
        }
        while (Need(1) && buffer[start] is (byte)' ' or (byte)'\r') start++;
        return !Need(1) || buffer[start++] == '\n';
    }

    /// <summary>As many floats as there is room for; false at the end of the file.</summary>
    public bool Floats(Span<float> into)
    {
        var bytes = MemoryMarshal.AsBytes(into);
        if (!Need(bytes.Length)) return false;
        buffer.AsSpan(start, bytes.Length).CopyTo(bytes);
        start += bytes.Length;
        return true;
    }

    private bool Need(int count)
    {
        if (end - start >= count) return true;
        if (count > buffer.Length) Array.Resize(ref buffer, 2 * count);
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        end += stream.ReadAtLeast(buffer.AsSpan(end), count - end, throwOnEndOfStream: false);
        return end >= count;
    }
}
