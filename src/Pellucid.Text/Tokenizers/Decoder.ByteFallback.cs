using System.Buffers;
using System.Globalization;
using System.Text;

namespace Pellucid.Text.Tokenizers;

public abstract partial record Decoder
{
    /// <summary>
    /// Pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> are bytes of UTF-8: a character is given when its bytes are complete, and each byte
    /// that is part of none becomes one U+FFFD, as SentencePiece decodes.
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
        private readonly byte[] _bytes = new byte[4]; // of a character that is not complete
        private int _count;

        public override void Push(string piece)
        {
            var value = byteOf(piece);
            if (value < 0)
            {
                Give(isEnd: true);
                Emit(piece);
                return;
            }
            _bytes[_count++] = (byte)value;
            Give(isEnd: false);
        }

        public override void Finish()
        {
            Give(isEnd: true);
            base.Finish();
        }

        private void Give(bool isEnd)
        {
            while (_count > 0)
            {
                var status = Rune.DecodeFromUtf8(_bytes.AsSpan(0, _count), out var rune, out var taken);
                if (status == OperationStatus.NeedMoreData && !isEnd) return;
                // .NET takes all bytes that a character could begin with for one U+FFFD.
                if (status != OperationStatus.Done) taken = 1;
                Emit(rune.ToString());
                _count -= taken;
                _bytes.AsSpan(taken, _count).CopyTo(_bytes);
            }
        }
    }
}
