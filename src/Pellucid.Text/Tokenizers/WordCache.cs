using System.Numerics;
using System.Runtime.InteropServices;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// The ids of words that were encoded before: a table of fixed size, read and written by any thread without a lock. What it holds
/// never changes a result, only how soon it is there; nothing is allocated when a word is found.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words, in UTF-16 characters, are encoded anew each time.</summary>
    public const int LongestWord = 48;

    private const int Slots = 1 << 17;
    private const int Header = 3; // hash, characters, ids

    // An entry is one array, written before it is shared and never after: hash, number of characters, number of ids, ids, characters.
    private readonly int[]?[] _slots = new int[]?[Slots];

    /// <summary>The ids of a word, or an empty span if it is not there; no word has none.</summary>
    public ReadOnlySpan<int> Find(ReadOnlySpan<char> word)
    {
        var hash = Hash(word);
        var slot = (int)(hash % Slots);
        return Match(Volatile.Read(ref _slots[slot]), hash, word) is { IsEmpty: false } ids ? ids
            : Match(Volatile.Read(ref _slots[slot ^ 1]), hash, word);
    }

    /// <summary>Keeps a word if it is short enough; another may have to go.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > LongestWord || ids.IsEmpty) return;
        var hash = Hash(word);
        var entry = new int[Header + ids.Length + (word.Length + 1) / 2];
        (entry[0], entry[1], entry[2]) = ((int)hash, word.Length, ids.Length);
        ids.CopyTo(entry.AsSpan(Header));
        word.CopyTo(MemoryMarshal.Cast<int, char>(entry.AsSpan(Header + ids.Length)));
        var slot = (int)(hash % Slots);
        // The second of the two places of a full pair is the one that changes: what came early is usually frequent.
        Volatile.Write(ref _slots[_slots[slot] is null ? slot : slot ^ 1], entry);
    }

    private static ReadOnlySpan<int> Match(int[]? entry, uint hash, ReadOnlySpan<char> word)
    {
        if (entry is null || entry[0] != (int)hash || entry[1] != word.Length) return default;
        var ids = entry.AsSpan(Header, entry[2]);
        return MemoryMarshal.Cast<int, char>(entry.AsSpan(Header + ids.Length))[..word.Length].SequenceEqual(word) ? ids : default;
    }

    private static uint Hash(ReadOnlySpan<char> word)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        var hash = (ulong)word.Length * Odd;
        while (word.Length >= 4)
        {
            hash = BitOperations.RotateLeft(hash ^ MemoryMarshal.Cast<char, ulong>(word)[0], 29) * Odd;
            word = word[4..];
        }
        foreach (var character in word) hash = BitOperations.RotateLeft(hash ^ character, 29) * Odd;
        return (uint)((hash ^ hash >> 29) * Odd >> 32);
    }
}
