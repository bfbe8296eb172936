using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pellucid.Models.Checkpoints;
using Pellucid.Tensors.Words;
using Pellucid.Text;
using Pellucid.Text.Words;

namespace Pellucid.Words;

/// <summary>
/// The two files of word2vec.c, which gensim, fastText and others read and write: a first line with V and D, then for each word its letters, a blank and D numbers:
/// in decimal with blanks between and a line feed after them, or as float32, little endian. Counts of words are not part of them: a word read from a file has the count 1.
/// </summary>
public static class WordVectorFile
{
    private const int LongestWord = 1 << 12, LargestWidth = 1 << 16;

    private delegate ReadOnlySpan<float> RowOf(int id);

    /// <summary>Writes a file of text, with as many digits as bring each number back exactly.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void WriteText(WordVectors vectors, string path) => Write(vectors.Vocabulary, vectors.Width, id => vectors[id], path, PutText);

    /// <summary>Writes a binary file.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void WriteBinary(WordVectors vectors, string path) => Write(vectors.Vocabulary, vectors.Width, id => vectors[id], path, PutBinary);

    /// <summary>Writes what has been learned for each word of the vocabulary as text, without a copy of it.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void WriteText(WordVocabulary vocabulary, WindowEmbeddings learned, string path) => Write(vocabulary, learned.Options.Width, id => learned.Row(id), path, PutText);

    /// <summary>Writes what has been learned for each word of the vocabulary as a binary file, without a copy of it.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void WriteBinary(WordVocabulary vocabulary, WindowEmbeddings learned, string path) => Write(vocabulary, learned.Options.Width, id => learned.Row(id), path, PutBinary);

    /// <summary>Reads either kind: what follows the first word tells which.</summary>
    /// <param name="most">At most this many words, the first; null reads all.</param>
    /// <exception cref="WordVectorException">The file is missing, a pipe, damaged, or holds less than its first line says.</exception>
    public static WordVectors Read(string path, int? most = null, CancellationToken cancellation = default)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            if (!stream.CanSeek) throw new WordVectorException("is a pipe, and how long it is must be known before it is read: write it to a file first, and name that", path);
            return Read(stream, path, most ?? int.MaxValue, cancellation);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WordVectorException("there is no such file", path, null, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WordVectorException("the file cannot be read: " + error.Message, path, null, error);
        }
    }

    private static WordVectors Read(FileStream stream, string path, int most, CancellationToken cancellation)
    {
        Span<byte> head = stackalloc byte[64];
        int length = ReadUntil(stream, head, (byte)'\n');
        var parts = length < 0 ? [] : Encoding.UTF8.GetString(head[..length]).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long count) || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int width))
            throw new WordVectorException("does not begin with the number of words and their width; is it a file of word2vec?", path, 1);
        if (count < 1 || width is < 1 or > LargestWidth) throw new WordVectorException(FormattableString.Invariant($"says that it has {count} words of width {width}"), path, 1);
        // Each value takes two bytes at least, so a file cannot claim more memory than it has bytes for.
        if (count > (stream.Length - stream.Position) / (2L * width) + 1)
            throw new WordVectorException(FormattableString.Invariant($"says that it has {count} words of width {width}, and has {stream.Length} bytes; was it cut?"), path, 1);
        int kept = (int)Math.Min(count, most);
        if ((long)kept * width > Array.MaxLength) throw new WordVectorException(FormattableString.Invariant($"has {count} words of width {width}, more than fit into one array; read fewer"), path, 1);
        var rows = new float[kept * width];
        var words = new WordRows(kept, path);
        using var bytes = new ByteFeed(stream);
        bool? isText = null;
        for (int id = 0; id < kept; id++)
        {
            if (id % 4096 == 0) cancellation.ThrowIfCancellationRequested();
            words.Add(bytes.Word(LongestWord) ?? throw Cut(id));
            isText ??= bytes.LooksLikeNumbers(width);
            if (!(isText.Value ? bytes.Numbers(rows.AsSpan(id * width, width)) : bytes.Floats(rows.AsSpan(id * width, width)))) throw Cut(id);
        }
        return new WordVectors(words.Finish(), rows, width);

        WordVectorException Cut(int id) => new(FormattableString.Invariant($"word {id + 1} of {count} is cut off or has other than {width} numbers"), path, id + 2);
    }

    private static int ReadUntil(Stream stream, Span<byte> into, byte end)
    {
        for (int i = 0; i < into.Length; i++)
        {
            int value = stream.ReadByte();
            if (value == end) return i;
            if (value < 0) return -1;
            into[i] = (byte)value;
        }
        return -1;
    }

    private static void PutText(ReadOnlySpan<float> row, ArrayBufferWriter<byte> buffer)
    {
        foreach (float value in row)
        {
            buffer.Write(" "u8);
            value.TryFormat(buffer.GetSpan(32), out int written, "R", CultureInfo.InvariantCulture);
            buffer.Advance(written);
        }
    }

    private static void PutBinary(ReadOnlySpan<float> row, ArrayBufferWriter<byte> buffer)
    {
        buffer.Write(" "u8);
        buffer.Write(MemoryMarshal.AsBytes(row));
    }

    private static void Write(WordVocabulary vocabulary, int width, RowOf row, string path, Action<ReadOnlySpan<float>, ArrayBufferWriter<byte>> put) => AtomicFile.Write(path, stream =>
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        buffer.Write(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{vocabulary.Count} {width}\n")));
        for (int id = 0; id < vocabulary.Count; id++)
        {
            buffer.Write(vocabulary.Letters(id));
            put(row(id), buffer);
            buffer.Write("\n"u8);
            if (buffer.WrittenCount < 1 << 15) continue;
            stream.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
        stream.Write(buffer.WrittenSpan);
    });

    /// <summary>The words of a file, in order.</summary>
    private sealed class WordRows(int count, string path)
    {
        private readonly List<string> words = new(count);

        internal void Add(byte[] word)
        {
            try
            {
                words.Add(new UTF8Encoding(false, true).GetString(word));
            }
            catch (ArgumentException error)
            {
                throw new WordVectorException("the word is not UTF-8", path, words.Count + 2, error);
            }
        }

        internal WordVocabulary Finish()
        {
            try
            {
                return new WordVocabulary(words, [.. Enumerable.Repeat(1L, words.Count)]);
            }
            catch (TextException error)
            {
                throw new WordVectorException(error.Message, path, null, error);
            }
        }
    }
}
