using System.Globalization;
using System.Text;

namespace Pellucid.Text.Tokenizers;

public abstract partial record Decoder
{
    /// <summary>
    /// Pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> are bytes of UTF-8: a character is given when its bytes are complete, and bytes
    /// that are not UTF-8 become U+FFFD.
    /// </summary>
    public sealed record ByteFallback : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new Utf8Step(next, ByteOf);

        private static int ByteOf(string piece) =>
            piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>'
            && byte.TryParse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : -1;
    }

    /// <summary>Puts bytes together; a piece that is no byte (-1) ends an unfinished character.</summary>
    private sealed class Utf8Step(DecoderStep next, Func<string, int> byteOf) : DecoderStep(next)
    {
        private readonly System.Text.Decoder _utf8 = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();
        private readonly char[] _characters = new char[4];
        private bool _unfinished;

        public override void Push(string piece)
        {
            var value = byteOf(piece);
            if (value < 0)
            {
                Flush();
                Emit(piece);
                return;
            }
            _unfinished = true;
            Give(_utf8.GetChars([(byte)value], _characters, flush: false));
        }

        public override void Finish()
        {
            Flush();
            base.Finish();
        }

        private void Flush()
        {
            if (!_unfinished) return;
            _unfinished = false;
            Give(_utf8.GetChars([], _characters, flush: true));
        }

        private void Give(int count)
        {
            if (count > 0) Emit(new string(_characters, 0, count));
        }
    }
}
