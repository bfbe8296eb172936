using System.Text;

namespace Pellucid.Text.Normalization;

/// <summary>
/// The four normalisation forms: decompose, put combining marks in canonical order, compose. Unicode Standard Annex #15;
/// The Unicode Standard, section 3.11. .NET's own needs ICU, which Pellucid does not.
/// </summary>
internal static class UnicodeForm
{
    // The source range of each character travels with it.
    private record struct Item(int Code, int Class, int Start, int End);

    public static NormalizedText Apply(NormalizedText text, bool compose, bool compatibility)
    {
        if (IsUntouched(text.Text, compose, compatibility)) return text;
        var items = Decompose(text.Text, compatibility);
        Order(items);
        if (compose) Compose(items);
        MakeRangesMonotone(items);
        var builder = new NormalizedText.Builder(text);
        Span<char> characters = stackalloc char[2];
        foreach (var item in items)
            builder.Append(characters[..new Rune(item.Code).EncodeToUtf16(characters)], item.Start, item.End);
        return builder.Build();
    }

    // A text of starters that neither decompose nor compose with what is before them is its own normal form.
    private static bool IsUntouched(string text, bool compose, bool compatibility)
    {
        // Below these the forms change nothing: NFC from U+0300, NFD from U+00C0, NFKC and NFKD from U+00A0.
        var limit = compatibility ? 0xA0 : compose ? 0x300 : 0xC0;
        var at = 0;
        while (at < text.Length && text[at] < limit) at++;
        if (at == text.Length) return true;
        var table = UnicodeTable.Instance;
        List<int> parts = [];
        foreach (var rune in text.AsSpan(at).EnumerateRunes())
        {
            var code = rune.Value;
            if (code < limit) continue;
            if (table.Class(code) != 0 || compose && table.ComposesBackwards(code)) return false;
            if (!table.Decomposes(code, compatibility)) continue;
            if (!compose) return false;
            parts.Clear();
            table.Decompose(code, compatibility, parts);
            if (!ComposesBack(parts, code, table)) return false;
        }
        return true;
    }

    private static bool ComposesBack(List<int> parts, int code, UnicodeTable table)
    {
        var current = parts[0];
        for (var i = 1; i < parts.Count; i++)
        {
            current = table.Compose(current, parts[i]);
            if (current < 0) return false;
        }
        return current == code;
    }

    private static List<Item> Decompose(string text, bool compatibility)
    {
        var table = UnicodeTable.Instance;
        var items = new List<Item>(text.Length + 8);
        List<int> parts = [];
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var end = at + rune.Utf16SequenceLength;
            parts.Clear();
            table.Decompose(rune.Value, compatibility, parts);
            foreach (var part in parts) items.Add(new(part, table.Class(part), at, end));
            at = end;
        }
        return items;
    }

    // Canonical ordering: marks between two starters are sorted by class; equals keep their order.
    private static void Order(List<Item> items)
    {
        for (var start = 0; start < items.Count; start++)
        {
            if (items[start].Class == 0) continue;
            var end = start + 1;
            while (end < items.Count && items[end].Class != 0) end++;
            if (end - start > 1)
            {
                var sorted = items[start..end].OrderBy(item => item.Class).ToList(); // stable
                for (var i = 0; i < sorted.Count; i++) items[start + i] = sorted[i];
            }
            start = end - 1;
        }
    }

    // Each character tries to join the last starter unless one of the same or a higher class stands between.
    private static void Compose(List<Item> items)
    {
        var table = UnicodeTable.Instance;
        int written = 0, starter = -1, lastClass = -1;
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            if (starter >= 0 && (lastClass < item.Class || lastClass == -1)
                && table.Compose(items[starter].Code, item.Code) is >= 0 and var composed)
            {
                var old = items[starter];
                items[starter] = old with { Code = composed, Start = Math.Min(old.Start, item.Start), End = Math.Max(old.End, item.End) };
                continue;
            }
            if (item.Class == 0)
            {
                starter = written;
                lastClass = -1; // nothing stands between this starter and the next character
            }
            else
            {
                lastClass = item.Class;
            }
            items[written++] = item;
        }
        items.RemoveRange(written, items.Count - written);
    }

    // Marks that changed places share the range of all of them, so that ranges never go back.
    private static void MakeRangesMonotone(List<Item> items)
    {
        for (var i = 1; i < items.Count; i++)
            if (items[i].End < items[i - 1].End) items[i] = items[i] with { End = items[i - 1].End };
        for (var i = items.Count - 2; i >= 0; i--)
            if (items[i].Start > items[i + 1].Start) items[i] = items[i] with { Start = items[i + 1].Start };
    }
}
