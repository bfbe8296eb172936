using System.Runtime.InteropServices;

namespace Pellucid.Text.Tokenizers.SentencePiece;

/// <summary>
/// The pieces of words met before. A fixed number of places, each overwritten by the last word that wanted it; entries never
/// change, so that threads share it without locks. What it holds changes the speed alone.
/// </summary>
internal sealed class SegmentationCache
{
    public const int LongestWord = 24;
    private const int Bits = 16;

    // One array an entry, so that one read of memory brings all of it: the word's length, the margin's bits, the word, the pieces.
    private readonly int[]?[] _entries = new int[]?[1 << Bits];

    /// <summary>A word's pieces, or an empty entry; and the place where they belong.</summary>
    public Entry Find(scoped ReadOnlySpan<char> word, out int place)
    {
        place = (int)(Hash(word) >> (64 - Bits));
        var data = Volatile.Read(ref _entries[place]);
        return data is not null && data[0] == word.Length && new Entry(data).Word.SequenceEqual(word) ? new(data) : default;
    }

    /// <param name="place">Where <see cref="Find"/> looked.</param>
    /// <param name="word">Of at most <see cref="LongestWord"/> characters.</param>
    /// <param name="pieces">Its pieces.</param>
    /// <param name="margin">By how much its best segmentation beats the next, at the place where they are closest; rounded down.</param>
    public Entry Set(int place, scoped ReadOnlySpan<char> word, scoped ReadOnlySpan<int> pieces, double margin)
    {
        var letters = (word.Length + 1) / 2;
        var data = new int[2 + letters + pieces.Length];
        data[0] = word.Length;
        data[1] = BitConverter.SingleToInt32Bits(float.BitDecrement((float)margin));
        word.CopyTo(MemoryMarshal.Cast<int, char>(data.AsSpan(2)));
        pieces.CopyTo(data.AsSpan(2 + letters));
        Volatile.Write(ref _entries[place], data);
        return new(data);
    }

    private static ulong Hash(ReadOnlySpan<char> word)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        var hash = (ulong)word.Length;
        var parts = MemoryMarshal.Cast<char, ulong>(word);
        foreach (var part in parts) hash = Mix(hash ^ part);
        var rest = 0UL;
        foreach (var character in word[(4 * parts.Length)..]) rest = rest << 16 | character;
        return Mix(hash ^ rest) * Odd;

        static ulong Mix(ulong x)
        {
            var high = Math.BigMul(x, Odd, out var low);
            return high ^ low;
        }
    }

    /// <summary>One word's pieces.</summary>
    public readonly ref struct Entry(ReadOnlySpan<int> data)
    {
        private readonly ReadOnlySpan<int> _data = data;

        public bool IsEmpty => _data.IsEmpty;

        public ReadOnlySpan<char> Word => MemoryMarshal.Cast<int, char>(_data[2..])[.._data[0]];

        public float Margin => BitConverter.Int32BitsToSingle(_data[1]);

        public ReadOnlySpan<int> Pieces => _data[(2 + (_data[0] + 1) / 2)..];
    }
}
