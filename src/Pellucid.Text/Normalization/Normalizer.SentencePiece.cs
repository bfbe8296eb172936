using System.Buffers;
using System.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Normalization;

public abstract partial record Normalizer
{
    /// <summary>
    /// What a SentencePiece model does to a text: user-defined symbols stay, its compiled rules apply to the rest, the longest at
    /// each position; white space is thinned out and becomes U+2581, and one more stands before the text, or behind it.
    /// Kudo and Richardson 2018, section 3; <c>normalizer_spec</c> of the model.
    /// </summary>
    public sealed record SentencePiece : Normalizer
    {
        private readonly PieceTrie? _symbols;
        private readonly SearchValues<char> _copied; // ASCII that is copied unless something beyond ASCII follows
        private readonly CharsMap? _map;
        private readonly string _space;

        internal SentencePiece(NormalizerSpec spec, bool spaceAsSuffix, IReadOnlyCollection<string> userDefined, string? file = null)
        {
            Spec = spec;
            SpaceAsSuffix = spaceAsSuffix;
            _map = spec.CharsMap.Length == 0 ? null : new CharsMap(spec.CharsMap, file);
            _space = spec.EscapeWhitespaces ? Spacing.MetaspaceCharacter.ToString() : " ";
            if (userDefined.Count > 0) _symbols = new PieceTrie();
            foreach (var symbol in userDefined) _symbols!.Add(symbol, 0);
            var copied = Enumerable.Range(0, 128).Select(code => (char)code).Where(character => character != ' '
                && (_map?.IsPlain(character) ?? true) && !userDefined.Any(symbol => symbol[0] == character));
            _copied = SearchValues.Create([.. copied]);
        }

        /// <summary>The rules' name: nmt_nfkc, nfkc, nmt_nfkc_cf, nfkc_cf, identity, or what the model's maker called them.</summary>
        public string Rules => Spec.Name;

        /// <summary>Whether the space that is added stands behind the text instead of before it.</summary>
        public bool SpaceAsSuffix { get; }

        internal NormalizerSpec Spec { get; }

        public bool Equals(SentencePiece? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        internal override NormalizedText Apply(NormalizedText text)
        {
            var output = new AlignedText(text.Text.Length + 8, align: false);
            Run(text.Text, output);
            return NormalizedText.Deferred(text, output.ToString(), () =>
            {
                var again = new AlignedText(text.Text.Length + 8, align: true);
                Run(text.Text, again);
                return again;
            });
        }

        private void Run(string source, AlignedText output)
        {
            var thin = Spec.RemoveExtraWhitespaces;
            var at = thin ? SkipSpaces(source) : 0;
            if (at == source.Length) return;
            if (!SpaceAsSuffix && Spec.AddDummyPrefix) output.Append(_space, at, at);
            var afterSpace = thin;
            while (at < source.Length)
            {
                var copied = CopiedLength(source.AsSpan(at));
                if (copied > 0)
                {
                    output.Copy(source.AsSpan(at, copied), at);
                    at += copied;
                    afterSpace = false;
                    continue;
                }
                var piece = Prefix(source.AsSpan(at), out var taken);
                while (afterSpace && piece is [' ', ..]) piece = piece[1..];
                if (!piece.IsEmpty)
                {
                    Append(piece, at, at + taken, output);
                    afterSpace = thin && piece[^1] == ' ';
                }
                at += taken;
            }
            if (thin) output.TrimEnd(_space[0]);
            if (SpaceAsSuffix && Spec.AddDummyPrefix) output.Append(_space, output.LastEnd, output.LastEnd);
        }

        private int SkipSpaces(string source)
        {
            var at = 0;
            while (at < source.Length && Prefix(source.AsSpan(at), out var taken) is [' ']) at += taken;
            return at;
        }

        private int CopiedLength(ReadOnlySpan<char> text)
        {
            var length = text.IndexOfAnyExcept(_copied);
            if (length < 0) return text.Length;
            return length > 0 && text[length] >= 128 && _map is not null ? length - 1 : length;
        }

        private void Append(ReadOnlySpan<char> piece, int start, int end, AlignedText output)
        {
            while (!piece.IsEmpty)
            {
                var space = piece.IndexOf(' ');
                var word = space < 0 ? piece : piece[..space];
                output.Append(word, start, end);
                if (space < 0) return;
                output.Append(_space, start, end);
                piece = piece[(space + 1)..];
            }
        }

        private ReadOnlySpan<char> Prefix(ReadOnlySpan<char> text, out int taken)
        {
            if (_symbols is not null && _symbols.Longest(text, out _) is > 0 and var length)
            {
                taken = length;
                return text[..length];
            }
            if (_map is not null && _map.TryMatch(text, out taken, out var replacement)) return replacement;
            _ = Rune.DecodeFromUtf16(text, out _, out taken);
            return text[..taken];
        }
    }
}
