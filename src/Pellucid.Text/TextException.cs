namespace Pellucid.Text;

/// <summary>Text that cannot be used as asked: the message names the file, the line and the likely fix where they are known.</summary>
public class TextException : Exception
{
    public TextException(string message, string? file = null, long? line = null, Exception? inner = null)
        : base(Place(file, line) + message, inner)
    {
        File = file;
        Line = line;
    }

    /// <summary>The file that was being read or written, if there was one.</summary>
    public string? File { get; }

    /// <summary>The line in <see cref="File"/>, counted from 1.</summary>
    public long? Line { get; }

    private static string Place(string? file, long? line) => (file, line) switch
    {
        (null, null) => "",
        (null, _) => FormattableString.Invariant($"line {line}: "),
        (_, null) => file + ": ",
        _ => FormattableString.Invariant($"{file}, line {line}: "),
    };
}

/// <summary>A corpus that is missing, empty, not UTF-8, not parallel, or otherwise unreadable.</summary>
public sealed class CorpusException(string message, string? file = null, long? line = null, Exception? inner = null)
    : TextException(message, file, line, inner);

/// <summary>A tokenizer that cannot be trained, read, written or asked for this.</summary>
public sealed class TokenizerException(string message, string? file = null, long? line = null, Exception? inner = null)
    : TextException(message, file, line, inner);
