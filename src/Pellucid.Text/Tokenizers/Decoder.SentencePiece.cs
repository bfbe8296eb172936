using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers;

public abstract partial record Decoder
{
    /// <summary>
    /// As SentencePiece decodes: U+2581 becomes a space, what was set before the text is removed, the unknown token becomes its surface.
    /// </summary>
    /// <param name="Unknown">The unknown token.</param>
    /// <param name="Surface">What stands for it in text; " \u2047 " unless a model says otherwise.</param>
    /// <param name="Spaces">How many spaces at the start of the text are removed: none, one (added before it), or all.</param>
    public sealed record SentencePiece(string Unknown, string Surface, LeadingSpaces Spaces) : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new SentencePieceStep(next, this);
    }

    private sealed class SentencePieceStep(DecoderStep next, SentencePiece decoder) : DecoderStep(next)
    {
        private bool _atStart = decoder.Spaces != LeadingSpaces.Kept;

        public override void Push(string piece)
        {
            if (piece == decoder.Unknown)
            {
                _atStart = false;
                Emit(decoder.Surface);
                return;
            }
            var text = piece.Replace(Spacing.MetaspaceCharacter, ' ');
            if (_atStart && piece[0] == Spacing.MetaspaceCharacter)
            {
                text = text[1..];
                // SentencePiece looks for the next one as long as no text has come and more than one may go.
                _atStart = decoder.Spaces == LeadingSpaces.AllRemoved && text.Length == 0;
            }
            else
            {
                _atStart = false;
            }
            if (text.Length > 0) Emit(text);
        }
    }
}
