using System.Text;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// A model of SentencePiece's making: pieces with scores, U+2581 for spaces. Each run of unknown characters is one unknown token, as
/// spm_encode prints them, or the characters' UTF-8 bytes where the vocabulary has byte pieces. A closed family:
/// <see cref="UnigramModel"/>, <see cref="SentencePieceBpeModel"/>. Kudo and Richardson 2018.
/// </summary>
public abstract class SentencePieceModel : TokenizerModel
{
    private const char Space = Spacing.MetaspaceCharacter;

    private readonly int[] _byteIds = [];
    private readonly int[] _lengths;
    private readonly Cutting _cutting;

    private protected SentencePieceModel(Vocabulary vocabulary, IReadOnlyList<ModelPiece> pieces, TrainerSpec trainer) : base(vocabulary)
    {
        if (pieces.Count != vocabulary.Count) throw new ArgumentException("one score and type a piece", nameof(pieces));
        if (pieces.Any(piece => piece.Type == PieceType.Unknown && piece.Text != vocabulary.SpecialTokens.Unknown))
            throw new TokenizerException("the unknown token of the model is not that of the vocabulary");
        ModelPieces = pieces;
        Scores = [.. pieces.Select(piece => piece.Score)];
        Trainer = trainer;
        Unknown = vocabulary.UnknownId;
        _lengths = [.. pieces.Select(piece => piece.Text.Length)];
        if (trainer.ByteFallback)
        {
            if (!vocabulary.HasBytes)
                throw new TokenizerException("byte fallback needs the 256 pieces <0x00> to <0xFF>, and the vocabulary lacks some of them");
            _byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf(Vocabulary.BytePiece((byte)value)))];
        }
        _cutting = CuttingOf(pieces);
    }

    // Where no piece holds a U+2581 that is not its first character, no piece crosses the place before one; likewise after.
    private enum Cutting { None, Before, After }

    /// <summary>The score of each piece: with Unigram the logarithm of its probability, with BPE minus the rank of its merge.</summary>
    public IReadOnlyList<float> Scores { get; }

    /// <summary>Whether an unknown character becomes its bytes.</summary>
    public bool ByteFallback => Trainer.ByteFallback;

    internal IReadOnlyList<ModelPiece> ModelPieces { get; }
    internal TrainerSpec Trainer { get; }

    /// <summary>The other fields of the file that the model was read from.</summary>
    internal byte[] Rest { get; init; } = [];

    private protected int Unknown { get; }

    private protected bool IsFindable(int id) => ModelPieces[id].Type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused;

    internal sealed override void Encode(ReadOnlySpan<char> word, List<int> ids, List<TextSpan>? ranges)
    {
        var run = new Run(ids, ranges, this);
        for (var at = 0; at < word.Length;)
        {
            var end = End(word, at);
            Segment(word[at..end], ref run);
            at = end;
        }
    }

    /// <summary>The ids of pieces, one unknown piece for each unknown character of the text.</summary>
    internal int[] Tokens(ReadOnlySpan<int> pieces, ReadOnlySpan<char> text)
    {
        var ids = new List<int>(pieces.Length);
        new Run(ids, null, this).Add(pieces, text);
        return [.. ids];
    }

    /// <summary>Whether words are segmented one by one.</summary>
    private protected bool CutsWords => _cutting != Cutting.None;

    /// <summary>Gives the pieces of a part that no piece crosses the edges of.</summary>
    private protected abstract void Segment(ReadOnlySpan<char> word, ref Run run);

    private int End(ReadOnlySpan<char> text, int start)
    {
        if (_cutting == Cutting.None) return text.Length;
        var from = _cutting == Cutting.Before ? start + 1 : start;
        var space = text[from..].IndexOf(Space);
        return space < 0 ? text.Length : _cutting == Cutting.Before ? from + space : from + space + 1;
    }

    private static Cutting CuttingOf(IReadOnlyList<ModelPiece> pieces)
    {
        var findable = pieces.Where(piece => piece.Type is not (PieceType.Control or PieceType.Unknown or PieceType.Byte)).Select(piece => piece.Text);
        bool before = true, after = true;
        foreach (var text in findable)
        {
            before &= text.LastIndexOf(Space) < 1;
            after &= text.AsSpan(0, text.Length - 1).IndexOf(Space) < 0;
        }
        return before ? Cutting.Before : after ? Cutting.After : Cutting.None;
    }

    /// <summary>The tokens of one text as they are found: unknown characters become one token or their bytes.</summary>
    private protected ref struct Run(List<int> ids, List<TextSpan>? ranges, SentencePieceModel model)
    {
        private int _at;
        private bool _afterUnknown;

        /// <summary>The score of all pieces so far, in the float32 arithmetic in which they were compared.</summary>
        public float Score;

        /// <summary>The pieces of the next characters, one unknown piece for each unknown character.</summary>
        public void Add(ReadOnlySpan<int> pieces, ReadOnlySpan<char> text)
        {
            foreach (var id in pieces)
            {
                if (id == model.Unknown)
                {
                    _ = Rune.DecodeFromUtf16(text, out var rune, out var length);
                    AddUnknown(rune, length);
                    text = text[length..];
                    continue;
                }
                ids.Add(id);
                _afterUnknown = false;
                var taken = model._lengths[id];
                ranges?.Add(new(_at, taken));
                text = text[taken..];
                _at += taken;
            }
        }

        private void AddUnknown(Rune rune, int length)
        {
            var start = _at;
            _at += length;
            if (model._byteIds.Length > 0)
            {
                Span<byte> bytes = stackalloc byte[4];
                foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
                {
                    ids.Add(model._byteIds[value]);
                    ranges?.Add(new(start, length));
                }
                return;
            }
            if (!_afterUnknown)
            {
                ids.Add(model.Unknown);
                ranges?.Add(new(start, length));
            }
            else if (ranges is not null)
            {
                ranges[^1] = TextSpan.Between(ranges[^1].Start, _at);
            }
            _afterUnknown = true;
        }
    }
}
