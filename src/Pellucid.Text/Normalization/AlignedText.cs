namespace Pellucid.Text.Normalization;

/// <summary>Collects characters and, if it is asked to, the range of the previous stage that each came from.</summary>
internal sealed class AlignedText
{
    private char[] _text;
    private int[] _starts;
    private int[] _ends;
    private readonly bool _align;
    private int _length;

    public AlignedText(int capacity, bool align)
    {
        _text = new char[capacity];
        _align = align;
        _starts = align ? new int[capacity] : [];
        _ends = align ? new int[capacity] : [];
    }

    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, _length);

    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, _length);

    /// <summary>The end of the last character's range; 0 if there is none.</summary>
    public int LastEnd => _align && _length > 0 ? _ends[_length - 1] : 0;

    /// <summary>Characters that all came from one range.</summary>
    public void Append(ReadOnlySpan<char> text, int start, int end)
    {
        Reserve(text.Length);
        text.CopyTo(_text.AsSpan(_length));
        if (_align)
        {
            _starts.AsSpan(_length, text.Length).Fill(start);
            _ends.AsSpan(_length, text.Length).Fill(end);
        }
        _length += text.Length;
    }

    /// <summary>Characters that came one for one from those at <paramref name="start"/>.</summary>
    public void Copy(ReadOnlySpan<char> text, int start)
    {
        Reserve(text.Length);
        text.CopyTo(_text.AsSpan(_length));
        for (var i = 0; _align && i < text.Length; i++)
        {
            _starts[_length + i] = start + i;
            _ends[_length + i] = start + i + 1;
        }
        _length += text.Length;
    }

    public void TrimEnd(char character)
    {
        while (_length > 0 && _text[_length - 1] == character) _length--;
    }

    public override string ToString() => new(_text, 0, _length);

    private void Reserve(int count)
    {
        if (_length + count <= _text.Length) return;
        var size = Math.Max(2 * _text.Length, _length + count);
        Array.Resize(ref _text, size);
        if (!_align) return;
        Array.Resize(ref _starts, size);
        Array.Resize(ref _ends, size);
    }
}
