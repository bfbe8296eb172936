using System.Buffers.Binary;
using System.Text;
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

    private readonly byte[] _blob;
    private readonly uint[] _units;
    private readonly byte[] _strings;
    private readonly Dictionary<int, string> _replacements = [];
    private readonly bool[] _plain = new bool[Ascii]; // characters without a rule of their own, where no rule begins with two

    /// <exception cref="TokenizerException">The bytes are no compiled map.</exception>
    public CharsMap(byte[] blob, string? file = null)
    {
        _blob = blob;
        var size = blob.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(blob) : 0;
        if (size == 0 || size % 4 != 0 || size > (uint)(blob.Length - 4))
            throw new TokenizerException("the normalisation map is damaged: its trie is larger than the map, empty or cut", file);
        _units = new uint[size / 4];
        for (var i = 0; i < _units.Length; i++) _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob.AsSpan(4 + 4 * i));
        _strings = blob[(4 + (int)size)..];
        ReadStrings(file);
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
            if (state.Key.Length > 64) throw new TokenizerException("the normalisation map is damaged: a rule has no end");
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
        if ((unit & 0x800000FF) != label) return false;
        node = at ^ Offset(unit);
        return true;
    }

    private int Value(uint node) => node < (uint)_units.Length ? (int)(_units[node] & 0x7FFFFFFF) : int.MaxValue;

    private string Replacement(int at)
    {
        if (_replacements.TryGetValue(at, out var known)) return known;
        if ((uint)at >= (uint)_strings.Length) throw new TokenizerException("the normalisation map is damaged: a rule points outside its strings");
        var end = _strings.AsSpan(at).IndexOf((byte)0);
        return Encoding.UTF8.GetString(_strings.AsSpan(at, end < 0 ? _strings.Length - at : end));
    }

    private void ReadStrings(string? file)
    {
        var utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);
        for (var start = 0; start < _strings.Length;)
        {
            var end = _strings.AsSpan(start).IndexOf((byte)0);
            if (end < 0) throw new TokenizerException("the normalisation map is damaged: its last string has no end", file);
            try
            {
                _replacements[start] = utf8.GetString(_strings, start, end);
            }
            catch (DecoderFallbackException error)
            {
                throw new TokenizerException("the normalisation map is damaged: it replaces by what is not UTF-8", file, null, error);
            }
            start += end + 1;
        }
    }

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
