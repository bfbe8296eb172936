namespace Pellucid.Text.Tokenizers;

public abstract partial record Decoder
{
    /// <summary>
    /// Removes up to <paramref name="AtStart"/> of a character from the beginning of the text and up to <paramref name="AtEnd"/>
    /// from its end, whatever the pieces are (Hugging Face's Strip after Fuse).
    /// </summary>
    public sealed record Strip(char Character, int AtStart, int AtEnd) : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new StripStep(next, this);
    }

    private sealed class StripStep(DecoderStep next, Strip strip) : DecoderStep(next)
    {
        private int _left = strip.AtStart;
        private int _held; // of the character, at the end: what follows decides whether they stay

        public override void Push(string piece)
        {
            var start = 0;
            while (_left > 0 && start < piece.Length)
            {
                if (piece[start] == strip.Character) (start, _left) = (start + 1, _left - 1);
                else _left = 0;
            }
            var end = piece.Length;
            while (end > start && piece[end - 1] == strip.Character && strip.AtEnd > 0) end--;
            if (end == start)
            {
                _held += piece.Length - end;
                return;
            }
            Emit(new string(strip.Character, _held) + piece[start..end]);
            _held = piece.Length - end;
        }

        public override void Finish()
        {
            if (_held > strip.AtEnd) Emit(new string(strip.Character, _held - strip.AtEnd));
            base.Finish();
        }
    }
}
