using System.Text;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.Tokenizers;

public abstract partial record Decoder
{
    /// <summary>
    /// Pieces in GPT-2's byte alphabet are bytes of UTF-8: a character is given when its bytes are complete, and bytes that are not
    /// UTF-8 become U+FFFD. A piece with a character outside the alphabet (an added token) is text.
    /// </summary>
    public sealed record ByteLevel : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new ByteLevelStep(next);
    }

    private sealed class ByteLevelStep(DecoderStep next) : DecoderStep(next)
    {
        private readonly System.Text.Decoder _utf8 = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();
        private byte[] _bytes = new byte[64];
        private char[] _characters = new char[80];

        public override void Push(string piece)
        {
            if (_bytes.Length < piece.Length)
            {
                _bytes = new byte[piece.Length];
                _characters = new char[piece.Length + 16]; // what was unfinished may become U+FFFD as well
            }
            if (ByteAlphabet.TryRead(piece, _bytes)) Give(_utf8.GetChars(_bytes.AsSpan(0, piece.Length), _characters, flush: false));
            else
            {
                Give(_utf8.GetChars([], _characters, flush: true));
                Emit(piece);
            }
        }

        public override void Finish()
        {
            Give(_utf8.GetChars([], _characters, flush: true));
            base.Finish();
        }

        private void Give(int count)
        {
            if (count > 0) Emit(new string(_characters, 0, count));
        }
    }
}
