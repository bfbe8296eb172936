using System.Text;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers;

/// <summary>Decoding without a stream, the twin of the decoders: all bytes first, then the text.</summary>
internal static class PlainDecoding
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Pieces with U+2581 for spaces, of which the first goes, and bytes.</summary>
    public static string Metaspace(Tokenizer tokenizer, IEnumerable<int> ids, bool skipSpecial)
    {
        var bytes = new List<byte>();
        var first = true;
        foreach (var piece in Pieces(tokenizer, ids, skipSpecial))
        {
            if (piece is ['<', '0', 'x', _, _, '>']) bytes.Add(Convert.ToByte(piece[3..5], 16));
            else bytes.AddRange(Encoding.UTF8.GetBytes((first && piece[0] == '▁' ? piece[1..] : piece).Replace('▁', ' ')));
            first = false;
        }
        return Utf8([.. bytes]);
    }

    /// <summary>BERT's pieces: a space before each that begins a word, and none before the signs that end a sentence.</summary>
    public static string WordPiece(Tokenizer tokenizer, IEnumerable<int> ids)
    {
        var pieces = Pieces(tokenizer, ids, skipSpecial: true).Select((piece, i) => i == 0 ? piece : piece.StartsWith("##", StringComparison.Ordinal) ? piece[2..] : " " + piece);
        return string.Concat(pieces).Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",");
    }

    /// <summary>U+FFFD for each byte that is part of no character.</summary>
    public static string Utf8(byte[] bytes)
    {
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length;)
        {
            var length = Enumerable.Range(1, Math.Min(4, bytes.Length - at)).FirstOrDefault(count => IsUtf8(bytes.AsSpan(at, count)));
            text.Append(length == 0 ? "\uFFFD" : Strict.GetString(bytes, at, length));
            at += Math.Max(length, 1);
        }
        return text.ToString();
    }

    private static bool IsUtf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Strict.GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Pieces(Tokenizer tokenizer, IEnumerable<int> ids, bool skipSpecial) =>
        ids.Where(id => !skipSpecial || !tokenizer.Vocabulary.IsSpecial(id) || id == tokenizer.UnknownId).Select(id => tokenizer.Vocabulary[id]);
}
