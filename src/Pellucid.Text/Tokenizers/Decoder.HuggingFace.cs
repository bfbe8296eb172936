namespace Pellucid.Text.Tokenizers;

public abstract partial record Decoder
{
    /// <summary>
    /// The replacement (U+2581) becomes a space; in the first piece all of them go unless the scheme is never, as Hugging Face's
    /// Metaspace decodes.
    /// </summary>
    public sealed record MetaspacePieces(char Replacement = Spacing.MetaspaceCharacter, PrependScheme Prepend = PrependScheme.Always) : Decoder
    {
        internal override DecoderStep Start(DecoderStep next)
        {
            var drops = Prepend != PrependScheme.Never;
            return new Map(next, piece =>
            {
                var text = piece.Replace(Replacement.ToString(), drops ? "" : " ", StringComparison.Ordinal);
                drops = false;
                return text;
            });
        }
    }

    /// <summary>The suffix becomes a space wherever it stands, and nothing in the last piece (Hugging Face's BPEDecoder).</summary>
    public sealed record SuffixAsSpace(string Suffix = "</w>") : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new SuffixStep(next, Suffix);
    }

    /// <summary>All pieces become one text for the steps that follow. On a stream nothing waits: those steps know.</summary>
    public sealed record Fuse : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new Map(next, piece => piece);
    }

    /// <summary>Up to so many of a character go from the beginning and the end of each piece (Hugging Face's Strip without Fuse before it).</summary>
    public sealed record StripPieces(char Character, int AtStart, int AtEnd) : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new Map(next, piece =>
        {
            int start = 0, end = piece.Length;
            while (start < AtStart && start < piece.Length && piece[start] == Character) start++;
            while (piece.Length - end < AtEnd && end > start && piece[end - 1] == Character) end--;
            return piece[start..end];
        });
    }

    /// <summary>The members of sequences in sequences, one after the other.</summary>
    internal IEnumerable<Decoder> Flattened => this is Sequence(var members) ? members.SelectMany(member => member.Flattened) : [this];

    // Whether a suffix becomes a space is known when the next piece comes.
    private sealed class SuffixStep(DecoderStep next, string suffix) : DecoderStep(next)
    {
        private string _held = "";

        public override void Push(string piece)
        {
            if (_held.Length > 0) Emit(_held.Replace(suffix, " ", StringComparison.Ordinal));
            var at = piece.IndexOf(suffix, StringComparison.Ordinal);
            _held = at < 0 ? "" : piece[at..];
            if (at != 0) Emit(at < 0 ? piece : piece[..at]);
        }

        public override void Finish()
        {
            if (_held.Length > 0) Emit(_held.Replace(suffix, "", StringComparison.Ordinal));
            base.Finish();
        }
    }
}
