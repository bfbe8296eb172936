using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.Tokenizers;

public abstract partial record PostProcessor
{
    /// <summary>A special token around a text: its piece and its id.</summary>
    public readonly record struct Mark(string Piece, int Id)
    {
        internal TokenEncoding Token => new([Id], [Piece], new TextSpan[1]);
    }

    /// <summary>BERT's: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>, the second text being of type 1.</summary>
    public sealed record Bert(Mark Begin, Mark End) : PostProcessor
    {
        internal override IReadOnlyList<TokenEncoding> Process(IReadOnlyList<TokenEncoding> texts, bool addSpecial)
        {
            if (!addSpecial) return texts;
            return texts.Count == 1 ? [Begin.Token, texts[0].WithType(0), End.Token]
                : [Begin.Token, texts[0].WithType(0), End.Token, texts[1].WithType(1), End.Token.WithType(1)];
        }
    }

    /// <summary>RoBERTa's: <c>&lt;s&gt; A &lt;/s&gt;</c>, <c>&lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;</c>, all of type 0.</summary>
    /// <param name="Begin">Before the first text.</param>
    /// <param name="End">After each text, and before the second.</param>
    /// <param name="TrimOffsets">Whether ranges leave out the spaces that a token begins or ends with.</param>
    /// <param name="AddPrefixSpace">Whether the pre-tokenizer adds a space, which has no range to leave out.</param>
    public sealed record Roberta(Mark Begin, Mark End, bool TrimOffsets = true, bool AddPrefixSpace = true) : PostProcessor
    {
        internal override IReadOnlyList<TokenEncoding> Process(IReadOnlyList<TokenEncoding> texts, bool addSpecial)
        {
            texts = [.. texts.Select(text => (TrimOffsets ? Trim(text, AddPrefixSpace) : text).WithType(0))];
            if (!addSpecial) return texts;
            return texts.Count == 1 ? [Begin.Token, texts[0], End.Token] : [Begin.Token, texts[0], End.Token, End.Token, texts[1], End.Token];
        }
    }

    /// <summary>Byte-level models': nothing is added, and ranges leave out spaces if <paramref name="TrimOffsets"/>.</summary>
    public sealed record ByteLevel(bool TrimOffsets = true, bool AddPrefixSpace = true) : PostProcessor
    {
        internal override IReadOnlyList<TokenEncoding> Process(IReadOnlyList<TokenEncoding> texts, bool addSpecial)
        {
            return TrimOffsets ? [.. texts.Select(text => Trim(text, AddPrefixSpace))] : texts;
        }
    }

    // As Hugging Face's process_offsets: pieces in the byte alphabet show how many spaces they begin and end with.
    private static TokenEncoding Trim(TokenEncoding encoding, bool addPrefixSpace)
    {
        var offsets = new TextSpan[encoding.Offsets.Length];
        for (var i = 0; i < offsets.Length; i++)
        {
            var (piece, span) = (encoding.Pieces[i], encoding.Offsets[i]);
            var (leading, trailing) = (0, 0);
            while (leading < piece.Length && IsSpace(piece[leading])) leading++;
            while (trailing < piece.Length && IsSpace(piece[^(trailing + 1)])) trailing++;
            if (addPrefixSpace && (i == 0 || span.Start == 0)) leading = 0;
            var start = Math.Min(span.Start + leading, span.End);
            offsets[i] = TextSpan.Between(start, trailing > 0 && span.End >= trailing ? Math.Max(span.End - trailing, start) : span.End);
        }
        return encoding with { Offsets = offsets };

        static bool IsSpace(char character) => character == ByteAlphabet.Character((byte)' ') || char.IsWhiteSpace(character);
    }
}
