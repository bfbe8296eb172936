using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Unicode;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.Normalization;

/// <summary>
/// A compiled normalisation map as SentencePiece stores it (<c>precompiled_charsmap</c>): the size of a double-array trie, the trie
/// over UTF-8, and the strings its values point at, each ended by a null byte. At each position the longest rule counts.
/// The trie's units are those of darts-clone: bit 31 and the low byte a label, bit 8 whether a value follows, the rest an offset.
/// </summary>
internal sealed class CharsMap
{
    private const int Ascii = 128;
    private const int LongestRule = 64; // bytes; a place of a text costs no more steps than that

    private readonly byte[] _blob;
    private readonly uint[] _units;
    private readonly byte[] _strings;
    private readonly ConcurrentDictionary<int, string> _replacements = new(); // those that a rule has pointed at
    private readonly bool[] _plain = new bool[Ascii]; // characters without a rule of their own, where no rule begins with two

    /// <exception cref="TokenizerException">The bytes are no compiled map, or a rule is longer than 64 bytes.</exception>
    public CharsMap(byte[] blob, string? file = null)
    {
        _blob = blob;
        var size = blob.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(blob) : 0;
        if (size == 0 || size % 4 != 0 || size > (uint)(blob.Length - 4))
            throw new TokenizerException("the normalisation map is damaged: its trie is larger than the map, empty or cut", file);
        _units = new uint[size / 4];
        for (var i = 0; i < _units.Length; i++) _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob.AsSpan(4 + 4 * i));
        _strings = blob[(4 + (int)size)..];
        CheckStrings(file);
        CheckLengths(file);
        MarkPlain();
    }

    /// <summary>The map as it is stored.</summary>
    public byte[] Blob => _blob;

    /// <summary>Whether an ASCII character stays as it is wherever no character beyond ASCII follows it.</summary>
    public bool IsPlain(char character) => _plain[character];

    /// <summary>The longest rule at the start of a text.</summary>
    /// <param name="text">Well-formed UTF-16, not empty.</param>
    /// <param name="length">How many characters the rule replaces.</param>
    /// <param name="replacement">By what.</param>
    /// <exception cref="TokenizerException">The map is damaged: a rule points outside its strings.</exception>
    public bool TryMatch(ReadOnlySpan<char> text, out int length, out string replacement)
    {
        length = 0;
        replacement = "";
        var value = -1;
        var node = Root;
        Span<byte> bytes = stackalloc byte[4];
        for (var at = 0; at < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text[at..], out var rune, out var taken);
            var count = rune.EncodeToUtf8(bytes);
            var unit = 0u;
            for (var i = 0; i < count; i++)
                if (!Step(ref node, bytes[i], out unit)) goto End;
            at += taken;
            if (!HasValue(unit)) continue;
            value = Value(node);
            length = at;
        }
    End:
        if (length == 0) return false;
        replacement = Replacement(value);
        return true;
    }

    /// <summary>What the shortest rule at the start of a text replaces by.</summary>
    /// <param name="text">Well-formed UTF-16, not empty.</param>
    /// <param name="replacement">By what.</param>
    /// <exception cref="TokenizerException">The map is damaged: a rule points outside its strings.</exception>
    public bool TryMatchShortest(ReadOnlySpan<char> text, out string replacement)
    {
        replacement = "";
        var node = Root;
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var count = rune.EncodeToUtf8(bytes);
            var unit = 0u;
            for (var i = 0; i < count; i++)
                if (!Step(ref node, bytes[i], out unit)) return false;
            if (!HasValue(unit)) continue;
            replacement = Replacement(Value(node));
            return true;
        }
        return false;
    }

    /// <summary>All rules, in the order of the trie's labels; for tests and comparisons.</summary>
    public IEnumerable<(string From, string To)> Rules()
    {
        var pending = new Stack<(uint Node, byte[] Key)>();
        pending.Push((Root, []));
        while (pending.TryPop(out var state))
        {
            for (var label = 255; label > 0; label--)
            {
                var node = state.Node;
                if (!Step(ref node, (byte)label, out var unit)) continue;
                byte[] key = [.. state.Key, (byte)label];
                if (HasValue(unit)) yield return (Encoding.UTF8.GetString(key), Replacement(Value(node)));
                pending.Push((node, key));
            }
        }
    }

    private uint Root => Offset(_units[0]);

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 1u << 9) >> 6);

    private static bool HasValue(uint unit) => (unit >> 8 & 1) != 0;

    private bool Step(ref uint node, byte label, out uint unit)
    {
        var at = node ^ label;
        unit = at < (uint)_units.Length ? _units[at] : uint.MaxValue;
        if (label == 0 || (unit & 0x800000FF) != label) return false; // units that nothing uses have label 0
        node = at ^ Offset(unit);
        return true;
    }

    private int Value(uint node) => node < (uint)_units.Length ? (int)(_units[node] & 0x7FFFFFFF) : int.MaxValue;

    private string Replacement(int at)
    {
        if (_replacements.TryGetValue(at, out var known)) return known;
        if ((uint)at >= (uint)_strings.Length) throw new TokenizerException("the normalisation map is damaged: a rule points outside its strings");
        var text = Encoding.UTF8.GetString(_strings.AsSpan(at, _strings.AsSpan(at).IndexOf((byte)0)));
        // Only whole strings are kept: their lengths add up to the map's at most.
        return at == 0 || _strings[at - 1] == 0 ? _replacements.GetOrAdd(at, text) : text;
    }

    private void CheckStrings(string? file)
    {
        if (_strings is [.., not 0]) throw new TokenizerException("the normalisation map is damaged: its last string has no end", file);
        if (!Utf8.IsValid(_strings)) throw new TokenizerException("the normalisation map is damaged: it replaces by what is not UTF-8", file);
    }

    // Level by level, every node once a level: a damaged trie may have circles, and rules that share their ends have more spellings than nodes.
    private void CheckLengths(string? file)
    {
        // A unit says from which node a step leads to it: the units in the order of these nodes.
        var first = new int[_units.Length + 0x101];
        for (var at = 0; at < _units.Length; at++)
            if (IsStep(_units[at])) first[(at ^ (int)(_units[at] & 0xFF)) + 1]++;
        for (var node = 1; node < first.Length; node++) first[node] += first[node - 1];
        var steps = new int[first[^1]];
        var next = first[..^1];
        for (var at = 0; at < _units.Length; at++)
            if (IsStep(_units[at])) steps[next[at ^ (int)(_units[at] & 0xFF)]++] = at;

        var level = new List<int>();
        var below = new List<int>();
        var reached = new int[next.Length]; // at which level last
        Reach(Root, 0);
        for (var length = 1; below.Count > 0; length++)
        {
            if (length > LongestRule)
                throw new TokenizerException(FormattableString.Invariant($"the normalisation map has a rule of more than {LongestRule} bytes, or one without an end"), file);
            (level, below) = (below, level);
            below.Clear();
            foreach (var node in level)
                foreach (var at in steps.AsSpan(first[node]..first[node + 1])) Reach((uint)at ^ Offset(_units[at]), length);
        }

        void Reach(uint node, int length)
        {
            if (node >= (uint)reached.Length || first[node] == first[node + 1] || reached[node] == length + 1) return;
            reached[node] = length + 1;
            below.Add((int)node);
        }
    }

    private static bool IsStep(uint unit) => (unit & 0x80000000) == 0 && (unit & 0xFF) != 0;

    private void MarkPlain()
    {
        for (var first = 0; first < Ascii; first++)
        {
            var node = Root;
            if (!Step(ref node, (byte)first, out var unit))
            {
                _plain[first] = true;
                continue;
            }
            for (var second = 0; second < Ascii; second++)
            {
                var next = node;
                if (!Step(ref next, (byte)second, out _)) continue;
                Array.Clear(_plain); // a rule begins with two ASCII characters: every position is looked up
                return;
            }
            _plain[first] = !HasValue(unit);
        }
    }
}
