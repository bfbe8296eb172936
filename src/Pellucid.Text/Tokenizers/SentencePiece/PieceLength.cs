using System.Text;

namespace Pellucid.Text.Tokenizers.SentencePiece;

/// <summary>How long a piece may be: a walk over the pieces that a text begins with takes no more steps than that.</summary>
internal static class PieceLength
{
    /// <summary>As in SentencePiece: no piece has this many bytes.</summary>
    public const int TooLong = 8000;

    /// <summary>What is wrong with the length of a piece, or null.</summary>
    public static string? Fault(string piece) => Encoding.UTF8.GetByteCount(piece) is >= TooLong and var bytes
        ? FormattableString.Invariant($"holds a text of {bytes} bytes; less than {TooLong} are allowed") : null;
}
