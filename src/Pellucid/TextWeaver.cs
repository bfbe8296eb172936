using System.Text;

namespace Pellucid;

/// <summary>Puts translated parts together again, with the source's own white space between them; piece by piece as for a stream, or whole.</summary>
internal sealed class TextWeaver
{
    private readonly StringBuilder text = new();
    private readonly StringBuilder pending = new();
    private bool between;

    internal string Text => text.ToString();

    /// <summary>What stands before the next part (or at the end); returns nothing yet, because a space may have to be added to it.</summary>
    internal void Between(ReadOnlySpan<char> separator)
    {
        pending.Append(separator);
        between = true;
    }

    /// <summary>A piece of the translation; returns what that adds to the text.</summary>
    internal string Add(string piece)
    {
        if (piece.Length == 0)
            return "";
        // Sentences of languages without spaces meet directly; in the target language they need one, unless it has none either.
        if (between && pending.Length == 0 && text.Length > 0 && NeedsSpace(text[^1]) && NeedsSpace(piece[0]))
            pending.Append(' ');
        return Flush(piece);
    }

    /// <summary>The end; returns what that adds to the text.</summary>
    internal string Finish() => Flush("");

    private string Flush(string piece)
    {
        string added = pending + piece;
        pending.Clear();
        between = false;
        text.Append(added);
        return added;
    }

    /// <summary>Not for white space, nor for Chinese and Japanese signs (blocks 2E80..9FFF, F900..FAFF, FF00..FFEF and the planes of the surrogates).</summary>
    private static bool NeedsSpace(char c) =>
        !char.IsWhiteSpace(c) && !char.IsSurrogate(c) && c is not ((>= '\u2E80' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFF00' and <= '\uFFEF'));
}
