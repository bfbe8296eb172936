using System.Globalization;
using System.Text;

namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>The script that each character belongs to, Unicode 14.0.0, read from the embedded scripts.txt.</summary>
internal sealed class UnicodeScripts
{
    public const byte Common = 0;

    private static readonly Lazy<UnicodeScripts> Shared = new(() => new());

    private readonly byte[] _basic = new byte[0x10000];
    private readonly List<(int First, int Last, byte Script)> _further = [];

    private UnicodeScripts()
    {
        var numbers = new Dictionary<string, byte>(StringComparer.Ordinal) { ["Common"] = Common };
        using var stream = typeof(UnicodeScripts).Assembly.GetManifestResourceStream("Pellucid.Text.TokenizerTrainers.Unigram.scripts.txt")
            ?? throw new TextException("the table of scripts is missing from the assembly; build it again");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var parts = line.Split('-', ' ');
            // Japanese words mix the three: SentencePiece counts them as one.
            var name = parts[2] is "Hiragana" or "Katakana" ? "Han" : parts[2];
            if (!numbers.TryGetValue(name, out var script)) numbers[name] = script = (byte)numbers.Count;
            Add(Hex(parts[0]), Hex(parts[1]), script);
        }
        Inherited = numbers["Inherited"];
        _basic[0x30FC] = numbers["Han"]; // the long vowel mark
    }

    public static UnicodeScripts Instance => Shared.Value;

    /// <summary>The number of the script of marks that take that of the character before them.</summary>
    public byte Inherited { get; }

    /// <summary>The number of a character's script; <see cref="Common"/> for those of none or of many.</summary>
    public byte Of(Rune rune)
    {
        if (rune.IsBmp) return _basic[rune.Value];
        int low = 0, high = _further.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_further[middle].Last < rune.Value) low = middle + 1;
            else high = middle;
        }
        return low < _further.Count && _further[low].First <= rune.Value ? _further[low].Script : Common;
    }

    private void Add(int first, int last, byte script)
    {
        for (var code = first; code <= Math.Min(last, 0xFFFF); code++) _basic[code] = script;
        if (last > 0xFFFF) _further.Add((Math.Max(first, 0x10000), last, script));
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
