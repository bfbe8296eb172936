using System.Buffers.Binary;
using System.Numerics;
using System.Text.Unicode;

namespace Pellucid.Text.Words;

/// <summary>Words by number and numbers by word, UTF-8, in few bytes a word: the letters one after the other, an offset and two slots of a hash table each.</summary>
internal sealed class WordTable
{
    // Different in every process, so that nobody can write a text whose words all share a slot; numbers do not depend on it.
    private static readonly ulong Secret = (ulong)(uint)HashCode.Combine(1) << 32 | (uint)HashCode.Combine(2) | 1;

    private byte[] letters = new byte[1 << 12];
    private int[] ends = new int[1 << 8];
    private int[] slots; // number + 1; 0 is free

    public WordTable(int expected = 0) => slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * Math.Min(expected, 1 << 29), 1 << 9))];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int number]
    {
        get
        {
            int start = number == 0 ? 0 : ends[number - 1];
            return letters.AsSpan(start, ends[number] - start);
        }
    }

    /// <summary>The number of a word, or -1.</summary>
    public int Find(ReadOnlySpan<byte> word) => slots[Slot(word)] - 1;

    /// <summary>The number of a word, which is new if it is <see cref="Count"/> - 1 afterwards and was not before.</summary>
    /// <exception cref="TextException">The word is not UTF-8, or all words together have more than 2 GiB.</exception>
    public int Add(ReadOnlySpan<byte> word)
    {
        int slot = Slot(word);
        if (slots[slot] > 0) return slots[slot] - 1;
        if (!Utf8.IsValid(word)) throw new TextException("not UTF-8; convert the file, for example with iconv -f latin1 -t utf-8");
        int start = Count == 0 ? 0 : ends[Count - 1];
        if ((long)start + word.Length > Array.MaxLength) throw new TextException("its different words together have more than 2 GiB; raise the least count, or give a smaller text");
        if (start + word.Length > letters.Length) Array.Resize(ref letters, (int)Math.Min(Array.MaxLength, Math.Max(2L * letters.Length, start + word.Length)));
        word.CopyTo(letters.AsSpan(start));
        if (Count == ends.Length) Array.Resize(ref ends, 2 * ends.Length);
        ends[Count] = start + word.Length;
        slots[slot] = ++Count;
        if (2 * Count > slots.Length) Grow();
        return Count - 1;
    }

    private int Slot(ReadOnlySpan<byte> word)
    {
        int mask = slots.Length - 1;
        for (int slot = (int)Hash(word) & mask; ; slot = (slot + 1) & mask)
            if (slots[slot] == 0 || this[slots[slot] - 1].SequenceEqual(word)) return slot;
    }

    private void Grow()
    {
        slots = new int[checked(2 * slots.Length)];
        int mask = slots.Length - 1;
        for (int number = 0; number < Count; number++)
        {
            int slot = (int)Hash(this[number]) & mask;
            while (slots[slot] != 0) slot = (slot + 1) & mask;
            slots[slot] = number + 1;
        }
    }

    private static uint Hash(ReadOnlySpan<byte> word)
    {
        ulong hash = Secret ^ (ulong)word.Length;
        for (; word.Length >= 8; word = word[8..]) hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(word));
        if (word.Length >= 4)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt32LittleEndian(word));
            word = word[4..];
        }
        ulong rest = 0;
        foreach (byte b in word) rest = rest << 8 | b;
        return (uint)(Mix(hash ^ rest) >> 32);
    }

    private static ulong Mix(ulong x)
    {
        ulong high = Math.BigMul(x, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }
}
