using System.Text;

namespace Pellucid.Cli.Interactive;

/// <summary>How a piece of a line looks.</summary>
internal enum Look
{
    Plain,
    Bold,
    Dim,
    Green,
    Inverse,
}

/// <summary>A line of a screen in pieces.</summary>
internal sealed class ScreenLine
{
    private readonly List<(string Text, Look Look)> _pieces = [];

    public ScreenLine Add(string text, Look look = Look.Plain)
    {
        _pieces.Add((text, look));
        return this;
    }

    /// <summary>Whether a piece of it is under the cursor.</summary>
    public bool IsMarked => _pieces.Any(piece => piece.Look == Look.Inverse);

    /// <summary>The text alone.</summary>
    public string Text => string.Concat(_pieces.Select(piece => piece.Text));

    /// <summary>With the sequences that a terminal obeys (ECMA-48, SGR).</summary>
    public string Ansi(bool hasColours)
    {
        var line = new StringBuilder();
        foreach (var (text, look) in _pieces)
        {
            var code = look switch { Look.Bold => 1, Look.Dim => 2, Look.Inverse => 7, Look.Green when hasColours => 32, _ => 0 };
            line.Append(code == 0 ? text : $"\u001b[{code}m{text}\u001b[0m");
        }
        return line.ToString();
    }
}
