using System.Globalization;
using System.Text;

namespace Pellucid.Text.Normalization;

/// <summary>Combining classes, decompositions and compositions of Unicode 15.1.0, read from the embedded unicode.txt.</summary>
internal sealed class UnicodeTable
{
    // Hangul syllables are composed by arithmetic: The Unicode Standard, section 3.12.
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    private static readonly Lazy<UnicodeTable> Shared = new(() => new());

    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatibility = [];
    private readonly Dictionary<(int, int), int> _compositions = [];
    private readonly HashSet<int> _seconds = [];

    private UnicodeTable()
    {
        using var stream = typeof(UnicodeTable).Assembly.GetManifestResourceStream("Pellucid.Text.Normalization.unicode.txt")
            ?? throw new TextException("the Unicode table is missing from the assembly; build it again");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (reader.ReadLine() is { } line) Add(line);
    }

    public static UnicodeTable Instance => Shared.Value;

    /// <summary>The canonical combining class; 0 for a starter.</summary>
    public int Class(int code) => code < 0x300 ? 0 : _classes.GetValueOrDefault(code);

    /// <summary>Appends the full decomposition of a character.</summary>
    public void Decompose(int code, bool compatibility, List<int> output)
    {
        var syllable = code - SyllableBase;
        if ((uint)syllable < Syllables)
        {
            output.Add(LeadBase + syllable / (Vowels * Tails));
            output.Add(VowelBase + syllable % (Vowels * Tails) / Tails);
            if (syllable % Tails != 0) output.Add(TailBase + syllable % Tails);
        }
        else if (_canonical.TryGetValue(code, out var parts) || compatibility && _compatibility.TryGetValue(code, out parts))
        {
            foreach (var part in parts) Decompose(part, compatibility, output);
        }
        else
        {
            output.Add(code);
        }
    }

    /// <summary>The character that two characters compose to, or -1.</summary>
    public int Compose(int first, int second)
    {
        if ((uint)(first - LeadBase) < Leads && (uint)(second - VowelBase) < Vowels)
            return SyllableBase + ((first - LeadBase) * Vowels + second - VowelBase) * Tails;
        if ((uint)(first - SyllableBase) < Syllables && (first - SyllableBase) % Tails == 0 && (uint)(second - TailBase - 1) < Tails - 1)
            return first + second - TailBase;
        return _compositions.TryGetValue((first, second), out var composed) ? composed : -1;
    }

    /// <summary>Whether the character may compose with one before it.</summary>
    public bool ComposesBackwards(int code) =>
        _seconds.Contains(code) || (uint)(code - VowelBase) < Vowels || (uint)(code - TailBase - 1) < Tails - 1;

    /// <summary>Whether the character has a decomposition.</summary>
    public bool Decomposes(int code, bool compatibility) => (uint)(code - SyllableBase) < Syllables
        || _canonical.ContainsKey(code) || compatibility && _compatibility.ContainsKey(code);

    private void Add(string line)
    {
        if (line.StartsWith('#')) return;
        var parts = line.Split(' ');
        if (parts[0] == "c")
        {
            var range = parts[1].Split('-');
            for (var code = Hex(range[0]); code <= Hex(range[1]); code++) _classes[code] = byte.Parse(parts[2], CultureInfo.InvariantCulture);
            return;
        }
        var mapping = parts.Skip(2).Select(Hex).ToArray();
        (parts[0] == "~" ? _compatibility : _canonical)[Hex(parts[1])] = mapping;
        if (parts[0] != "=") return;
        _compositions[(mapping[0], mapping[1])] = Hex(parts[1]);
        _seconds.Add(mapping[1]);
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
