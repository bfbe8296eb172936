using System.Runtime.InteropServices;

namespace Pellucid.Text.Tokenizers.SentencePiece;

/// <summary>
/// The pieces of words met before. A fixed number of places, each overwritten by the last word that wanted it; entries are
/// immutable, so that threads share it without locks. What it holds changes the speed alone.
/// </summary>
internal sealed class SegmentationCache
{
    public const int LongestWord = 24;
    private const int Places = 1 << 15;

    private readonly Entry?[] _entries = new Entry?[Places];

    /// <param name="Word">The word.</param>
    /// <param name="Pieces">Its pieces.</param>
    /// <param name="Margin">By how much its best segmentation beats the next, at the place where they are closest.</param>
    public sealed record Entry(string Word, int[] Pieces, double Margin);

    public Entry? Find(ReadOnlySpan<char> word, out int place)
    {
        place = (int)(Hash(word) >> 49);
        var entry = Volatile.Read(ref _entries[place]);
        return entry is not null && word.SequenceEqual(entry.Word) ? entry : null;
    }

    public void Set(int place, Entry entry) => Volatile.Write(ref _entries[place], entry);

    private static ulong Hash(ReadOnlySpan<char> word)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        var hash = (ulong)word.Length;
        var parts = MemoryMarshal.Cast<char, ulong>(word);
        foreach (var part in parts) hash = Mix(hash ^ part);
        var rest = 0UL;
        foreach (var character in word[(4 * parts.Length)..]) rest = rest << 16 | character;
        return Mix(hash ^ rest);

        static ulong Mix(ulong x)
        {
            var high = Math.BigMul(x, Odd, out var low);
            return (high ^ low) * Odd;
        }
    }
}
