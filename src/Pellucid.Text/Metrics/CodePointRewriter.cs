using System.Text;

namespace Pellucid.Text.Metrics;

/// <summary>
/// A segment as code points, rewritten rule by rule. A rule acts as one regular-expression substitution does:
/// from left to right, each code point consumed at most once.
/// </summary>
internal sealed class CodePointRewriter
{
    private List<int> _points;
    private List<int> _spare;

    public CodePointRewriter(string text)
    {
        _points = new List<int>(text.Length + 16);
        _spare = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes()) _points.Add(rune.Value);
    }

    /// <summary><c>(x)</c> becomes <c>" x "</c>.</summary>
    public CodePointRewriter Surround(Func<int, bool> matches)
    {
        foreach (var point in _points)
        {
            if (matches(point)) AddSpaced(point);
            else _spare.Add(point);
        }

        return Swap();

        void AddSpaced(int point)
        {
            _spare.Add(' ');
            _spare.Add(point);
            _spare.Add(' ');
        }
    }

    /// <summary><c>(a)(b)</c> becomes <c>"a b "</c>.</summary>
    public CodePointRewriter DetachSecond(Func<int, bool> first, Func<int, bool> second) => Pairs(first, second, spaceBefore: false);

    /// <summary><c>(a)(b)</c> becomes <c>" a b"</c>.</summary>
    public CodePointRewriter DetachFirst(Func<int, bool> first, Func<int, bool> second) => Pairs(first, second, spaceBefore: true);

    public CodePointRewriter Remove(Func<int, bool> matches)
    {
        _points.RemoveAll(point => matches(point));
        return this;
    }

    public override string ToString()
    {
        var text = new StringBuilder(_points.Count);
        Span<char> units = stackalloc char[2];
        foreach (var point in _points) text.Append(units[..new Rune(point).EncodeToUtf16(units)]);
        return text.ToString();
    }

    private CodePointRewriter Pairs(Func<int, bool> first, Func<int, bool> second, bool spaceBefore)
    {
        for (var i = 0; i < _points.Count; i++)
        {
            if (i + 1 == _points.Count || !first(_points[i]) || !second(_points[i + 1]))
            {
                _spare.Add(_points[i]);
                continue;
            }

            if (spaceBefore) _spare.Add(' ');
            _spare.Add(_points[i]);
            _spare.Add(' ');
            _spare.Add(_points[++i]);
            if (!spaceBefore) _spare.Add(' ');
        }

        return Swap();
    }

    private CodePointRewriter Swap()
    {
        (_points, _spare) = (_spare, _points);
        _spare.Clear();
        return this;
    }
}
