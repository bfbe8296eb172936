using System.Text;

namespace Pellucid.Text.Normalization;

/// <summary>
/// SentencePiece's named normalisation rules, built from this project's own table of Unicode: single characters and all sequences that
/// NFKC composes, as SentencePiece's builder documents them. Its own maps are of an older Unicode; on what both know they agree.
/// </summary>
internal static class SentencePieceRules
{
    private static readonly Lazy<byte[]> NfkcMap = new(() => CharsMapCompiler.Compile(Nfkc()));
    private static readonly Lazy<byte[]> NmtNfkcMap = new(() => CharsMapCompiler.Compile(NmtNfkc()));

    /// <summary>The compiled map of nmt_nfkc, nfkc or identity (which is empty).</summary>
    /// <exception cref="TokenizerException">There are no rules of this name.</exception>
    public static byte[] Compiled(string name) => name switch
    {
        "identity" => [],
        "nfkc" => NfkcMap.Value,
        "nmt_nfkc" => NmtNfkcMap.Value,
        _ => throw new TokenizerException($"there are no normalisation rules '{name}'; there are nmt_nfkc, nfkc and identity"),
    };

    /// <summary>NFKC, with white space of all kinds as spaces, without control characters, and with the full-width tilde left as it is.</summary>
    public static Dictionary<string, string> NmtNfkc()
    {
        var rules = Nfkc();
        int[] spaces =
        [
            0x9, 0xA, 0xC, 0xD, 0x1680, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD,
        ];
        foreach (var code in spaces) rules[Text(code)] = " ";
        foreach (var code in Enumerable.Range(1, 0x1F).Except([0x9, 0xA, 0xC, 0xD]).Concat([0x7F, 0x8F, 0x9F])) rules[Text(code)] = "";
        rules.Remove(Text(0xFF5E));
        return rules;
    }

    /// <summary>Everything that NFKC changes, one character or several; what smaller rules do already is left out.</summary>
    public static Dictionary<string, string> Nfkc()
    {
        var rules = new Dictionary<string, string>(StringComparer.Ordinal);
        var origins = new Dictionary<int, List<int>>(); // by a single character: the others that NFKD makes it of
        var decomposed = new HashSet<string>(StringComparer.Ordinal);
        for (var code = 1; code <= 0x10FFFF; code++)
        {
            if (code is >= 0xD800 and <= 0xDFFF || !UnicodeTable.Instance.Decomposes(code, compatibility: true)) continue;
            var text = Text(code);
            var composed = Apply(text, compose: true, compatibility: true);
            if (composed != text) rules[text] = composed;
            var parts = Apply(text, compose: false, compatibility: true);
            _ = Rune.DecodeFromUtf16(parts, out var first, out var taken);
            if (taken < parts.Length) decomposed.Add(parts);
            else if (origins.TryGetValue(first.Value, out var known)) known.Add(code);
            else origins[first.Value] = [code];
        }
        var longer = new List<(string From, string To)>();
        foreach (var parts in decomposed)
        {
            var composed = Apply(parts, compose: true, compatibility: false);
            if (composed == parts) continue;
            longer.AddRange(Spellings(parts, origins).Where(from => from != composed).Select(from => (from, composed)));
        }
        AddNeeded(rules, longer);
        return rules;
    }

    // All sequences of characters that NFKD makes these of, one for one.
    private static List<string> Spellings(string parts, Dictionary<int, List<int>> origins)
    {
        List<string> spellings = [""];
        foreach (var rune in parts.EnumerateRunes())
        {
            string[] choices = [rune.ToString(), .. origins.GetValueOrDefault(rune.Value, []).Select(Text)];
            spellings = [.. spellings.SelectMany(start => choices.Select(choice => start + choice))];
        }
        return spellings;
    }

    // The shortest first: a rule that shorter ones amount to is not needed.
    private static void AddNeeded(Dictionary<string, string> rules, List<(string From, string To)> longer)
    {
        foreach (var length in longer.GroupBy(rule => rule.From.EnumerateRunes().Count()).OrderBy(group => group.Key))
        {
            var lookup = rules.GetAlternateLookup<ReadOnlySpan<char>>();
            var needed = length.Where(rule => Rewrite(rule.From, lookup) != rule.To).ToList();
            foreach (var (from, to) in needed) rules[from] = to;
        }
    }

    private static string Rewrite(string text, Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> rules)
    {
        var result = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var length = text.Length - at;
            string? to = null;
            while (length > 0 && !rules.TryGetValue(text.AsSpan(at, length), out to)) length--;
            if (length == 0) _ = Rune.DecodeFromUtf16(text.AsSpan(at), out _, out length);
            result.Append(to ?? text.Substring(at, length));
            at += length;
        }
        return result.ToString();
    }

    private static string Apply(string text, bool compose, bool compatibility) =>
        UnicodeForm.Apply(NormalizedText.Of(text), compose, compatibility).Text;

    private static string Text(int code) => new Rune(code).ToString();
}
