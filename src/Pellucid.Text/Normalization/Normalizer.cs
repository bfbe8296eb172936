using System.Text;

namespace Pellucid.Text.Normalization;

/// <summary>What is done to a text before it is cut into pieces. A closed family; every member keeps the way back to the source.</summary>
public abstract partial record Normalizer
{
    private Normalizer()
    {
    }

    /// <summary>The text as it is.</summary>
    public static Normalizer None { get; } = new Sequence([]);

    /// <summary>
    /// A normaliser from its names, separated by commas, as configurations spell it:
    /// none, nfc, nfd, nfkc, nfkd, lowercase, strip, collapse-whitespace, strip-accents.
    /// </summary>
    /// <exception cref="TokenizerException">A name is not one of these.</exception>
    public static Normalizer Parse(string names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var members = names.Split(',', StringSplitOptions.TrimEntries).Where(name => name != "none").Select(ParseOne).ToList();
        return members.Count == 1 ? members[0] : new Sequence(members);
    }

    /// <summary>
    /// Normalises a text. A lone surrogate, which no encoding of Unicode can store, becomes U+FFFD first.
    /// </summary>
    public NormalizedText Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Apply(NormalizedText.Of(WellFormed(text)));
    }

    internal abstract NormalizedText Apply(NormalizedText text);

    /// <summary>Each member in turn.</summary>
    public sealed record Sequence(IReadOnlyList<Normalizer> Members) : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) =>
            Members.Aggregate(text, (current, member) => member.Apply(current));

        public bool Equals(Sequence? other) => other is not null && Members.SequenceEqual(other.Members);

        public override int GetHashCode() => Members.Aggregate(17, HashCode.Combine);
    }

    /// <summary>Canonical composition: é is one character.</summary>
    public sealed record Nfc : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) => UnicodeForm.Apply(text, compose: true, compatibility: false);
    }

    /// <summary>Canonical decomposition: é is e and a combining accent.</summary>
    public sealed record Nfd : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) => UnicodeForm.Apply(text, compose: false, compatibility: false);
    }

    /// <summary>Compatibility composition: as <see cref="Nfc"/>, and full-width letters, ligatures and their like become plain ones.</summary>
    public sealed record Nfkc : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) => UnicodeForm.Apply(text, compose: true, compatibility: true);
    }

    /// <summary>Compatibility decomposition.</summary>
    public sealed record Nfkd : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) => UnicodeForm.Apply(text, compose: false, compatibility: true);
    }

    /// <summary>
    /// Each character's own lower case, without context (no final sigma), as Unicode's simple case mapping has it;
    /// U+0130 becomes i and U+0307.
    /// </summary>
    public sealed record Lowercase : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) => MapRunes(text, static (rune, output) =>
        {
            if (rune.Value == 0x130)
            {
                "i\u0307".CopyTo(output);
                return 2;
            }
            return Rune.ToLowerInvariant(rune).EncodeToUtf16(output);
        });
    }

    /// <summary>
    /// Removes marks (category M), as Hugging Face's StripAccents does, with what Unicode 9 called so. After decomposition (NFD) this
    /// removes accents.
    /// </summary>
    public sealed record StripAccents : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) => MapRunes(text, static (rune, output) =>
            OlderUnicode.IsMark(rune) ? 0 : rune.EncodeToUtf16(output));
    }

    /// <summary>Removes white space at the beginning and the end.</summary>
    public sealed record Strip(bool Left = true, bool Right = true) : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text)
        {
            var all = text.Text;
            int start = 0, end = all.Length;
            while (Left && start < end && char.IsWhiteSpace(all[start])) start++;
            while (Right && end > start && char.IsWhiteSpace(all[end - 1])) end--;
            if (start == 0 && end == all.Length) return text;
            var builder = new NormalizedText.Builder(text);
            for (var i = start; i < end; i++) builder.Append(all.AsSpan(i, 1), i, i + 1);
            return builder.Build();
        }
    }

    /// <summary>Each run of white space becomes one space.</summary>
    public sealed record CollapseWhitespace : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text)
        {
            var all = text.Text;
            var builder = new NormalizedText.Builder(text);
            for (var i = 0; i < all.Length;)
            {
                var start = i;
                while (i < all.Length && char.IsWhiteSpace(all[i])) i++;
                if (i > start) builder.Append(" ", start, i);
                else builder.Append(all.AsSpan(i, 1), i, ++i);
            }
            return builder.Build();
        }
    }

    private static Normalizer ParseOne(string name) => name switch
    {
        "nfc" => new Nfc(),
        "nfd" => new Nfd(),
        "nfkc" => new Nfkc(),
        "nfkd" => new Nfkd(),
        "lowercase" => new Lowercase(),
        "strip" => new Strip(),
        "collapse-whitespace" => new CollapseWhitespace(),
        "strip-accents" => new StripAccents(),
        _ => throw new TokenizerException(
            $"there is no normalizer '{name}'; there are none, nfc, nfd, nfkc, nfkd, lowercase, strip, collapse-whitespace and strip-accents"),
    };

    private delegate int RuneMap(Rune rune, Span<char> output);

    private static NormalizedText MapRunes(NormalizedText text, RuneMap map)
    {
        var builder = new NormalizedText.Builder(text);
        Span<char> output = stackalloc char[4];
        var position = 0;
        foreach (var rune in text.Text.EnumerateRunes())
        {
            var length = map(rune, output);
            builder.Append(output[..length], position, position + rune.Utf16SequenceLength);
            position += rune.Utf16SequenceLength;
        }
        return builder.Build();
    }

    /// <summary>A lone surrogate becomes U+FFFD, which is as long.</summary>
    internal static string WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) i++;
            else return Repair(text);
        }
        return text;
    }

    private static string Repair(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) builder.Append(rune.ToString());
        return builder.ToString();
    }
}
