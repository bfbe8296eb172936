using System.Runtime.InteropServices;

namespace Pellucid.Text.Normalization;

/// <summary>A normalised text that remembers, for each of its characters, the range of the source text it came from.</summary>
public sealed class NormalizedText
{
    // Both null: character i comes from source character _first + i - _inserted, the first _inserted ones from none.
    private int[]? _starts;
    private int[]? _ends;
    private readonly int _first;
    private readonly int _inserted;
    private readonly NormalizedText? _from; // with _align: both ranges follow from them when they are first asked for
    private readonly Func<AlignedText>? _align;

    private NormalizedText(string source, string text, int first, int inserted)
    {
        Source = source;
        Text = text;
        _first = first;
        _inserted = inserted;
    }

    private NormalizedText(NormalizedText from, string text, Func<AlignedText> align)
    {
        Source = from.Source;
        Text = text;
        _from = from;
        _align = align;
    }

    private NormalizedText(string source, string text, int[] starts, int[] ends)
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
    public static NormalizedText Of(string source) => new(source, source, 0, 0);

    /// <summary>
    /// The next stage of a text, whose ranges are worked out only if they are asked for: encoding to ids alone never does.
    /// </summary>
    internal static NormalizedText Deferred(NormalizedText from, string text, Func<AlignedText> align) => new(from, text, align);

    /// <summary>The smallest source range that covers a range of <see cref="Text"/>. An empty range gives an empty range.</summary>
    public TextSpan SourceSpan(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Text.Length);
        Align();
        if (_starts is null) return TextSpan.Between(SourceOf(start), SourceOf(start + length));
        if (length == 0) return new(start < _starts.Length ? _starts[start] : _ends is [.., var last] ? last : Source.Length, 0);
        return TextSpan.Between(_starts[start], _ends![start + length - 1]);
    }

    /// <summary>With a character before the first that comes from nowhere: an empty range of the source.</summary>
    internal NormalizedText Prepend(char character)
    {
        Align();
        var text = string.Concat([character], Text);
        if (_starts is null) return new(Source, text, _first, _inserted + 1);
        var start = SourceSpan(0, 0).Start;
        return new(Source, text, [start, .. _starts], [start, .. _ends!]);
    }

    /// <summary>A part of the text, aligned to the same source.</summary>
    internal NormalizedText Slice(TextSpan span)
    {
        if (span.Start == 0 && span.Length == Text.Length) return this;
        Align();
        var text = Text.Substring(span.Start, span.Length);
        if (_starts is not null) return new(Source, text, _starts[span.Start..span.End], _ends![span.Start..span.End]);
        return new(Source, text, SourceOf(span.Start), Math.Max(_inserted - span.Start, 0));
    }

    // Two threads may both do it; they come to the same.
    private void Align()
    {
        if (_align is null || Volatile.Read(ref _starts) is not null) return;
        var aligned = _align();
        var starts = new int[Text.Length];
        var ends = new int[Text.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            var span = _from!.SourceSpan(aligned.Starts[i], aligned.Ends[i] - aligned.Starts[i]);
            (starts[i], ends[i]) = (span.Start, span.End);
        }
        _ends = ends;
        Volatile.Write(ref _starts, starts);
    }

    private int SourceOf(int position) => _first + Math.Max(position - _inserted, 0);

    /// <summary>Collects the characters of the next stage, each with the range of this stage that it came from.</summary>
    internal sealed class Builder(NormalizedText from)
    {
        private readonly List<char> _text = new(from.Text.Length + 8);
        private readonly List<int> _starts = new(from.Text.Length + 8);
        private readonly List<int> _ends = new(from.Text.Length + 8);

        /// <summary>The number of characters so far.</summary>
        public int Length => _text.Count;

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
            new string(CollectionsMarshal.AsSpan(_text)), [.. _starts], [.. _ends]);
    }
}
