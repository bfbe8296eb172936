namespace Pellucid.Text;

/// <summary>A range of UTF-16 characters of a text: <c>text.Substring(Start, Length)</c>.</summary>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>The position just after the last character.</summary>
    public int End => Start + Length;

    /// <summary>The characters of <paramref name="text"/> in this range.</summary>
    public ReadOnlySpan<char> Of(ReadOnlySpan<char> text) => text.Slice(Start, Length);

    internal static TextSpan Between(int start, int end) => new(start, end - start);
}
