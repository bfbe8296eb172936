namespace Pellucid.Text.Normalization;

/// <summary>A normalised text that remembers, for each of its characters, the range of the source text it came from.</summary>
public sealed class NormalizedText
{
    // Both null: character i comes from source character i.
    private readonly int[]? _starts;
    private readonly int[]? _ends;

    private NormalizedText(string source, string text, int[]? starts, int[]? ends)
    {
        Source = source;
        Text = text;
        _starts = starts;
        _ends = ends;
    }

    /// <summary>The text before normalisation.</summary>
    public string Source { get; }

    /// <summary>The text after normalisation.</summary>
    public string Text { get; }

    /// <summary>The source itself, each character aligned to itself.</summary>
    public static NormalizedText Of(string source) => new(source, source, null, null);

    /// <summary>The smallest source range that covers a range of <see cref="Text"/>. An empty range gives an empty range.</summary>
    public TextSpan SourceSpan(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Text.Length);
        if (_starts is null) return new(start, length);
        if (length == 0) return new(start < _starts.Length ? _starts[start] : Source.Length, 0);
        return TextSpan.Between(_starts[start], _ends![start + length - 1]);
    }

    /// <summary>Collects the characters of the next stage, each with the range of this stage that it came from.</summary>
    internal sealed class Builder(NormalizedText from)
    {
        private readonly List<char> _text = new(from.Text.Length + 8);
        private readonly List<int> _starts = new(from.Text.Length + 8);
        private readonly List<int> _ends = new(from.Text.Length + 8);

        /// <summary>Ranges must come in order: neither start nor end may go back.</summary>
        public void Append(ReadOnlySpan<char> text, int start, int end)
        {
            var span = from.SourceSpan(start, end - start);
            foreach (var character in text)
            {
                _text.Add(character);
                _starts.Add(span.Start);
                _ends.Add(span.End);
            }
        }

        public NormalizedText Build() => new(from.Source,
            new string(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_text)), [.. _starts], [.. _ends]);
    }
}
