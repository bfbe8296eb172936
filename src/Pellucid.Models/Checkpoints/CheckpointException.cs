using System.Text;

namespace Pellucid.Models.Checkpoints;

/// <summary>A checkpoint that could not be read or written: which file, which tensor, why, and the likely fix.</summary>
/// <remarks>The message is always one line; names that came from a file are cut and stripped of control characters.</remarks>
public sealed class CheckpointException : Exception
{
    public CheckpointException(string file, string? tensor, string cause, string fix, Exception? inner = null)
        : base(Describe(file, tensor, cause, fix), inner)
    {
        File = file;
        Tensor = tensor;
        Cause = cause;
        Fix = fix;
    }

    public string File { get; }

    /// <summary>The tensor concerned, exactly as named in the file; null when the failure concerns the whole file.</summary>
    public string? Tensor { get; }

    public string Cause { get; }

    public string Fix { get; }

    private static string Describe(string file, string? tensor, string cause, string fix)
    {
        string where = tensor is null ? file : $"{file}: tensor '{Printable(tensor)}'";
        return $"{Printable(where, 1000)}: {Printable(cause, 1000)}. {fix}";
    }

    /// <summary>The text on one line and at most <paramref name="limit"/> characters long: a hostile name cannot flood or steer a terminal.</summary>
    internal static string Printable(string text, int limit = 120)
    {
        var line = new StringBuilder(Math.Min(text.Length, limit));
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, limit)))
        {
            line.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c);
        }

        return text.Length > limit ? line.Append("...").ToString() : line.ToString();
    }
}
