namespace Pellucid.Text.Tokenizers;

/// <summary>
/// How pieces become text again, in the steps that Hugging Face's tokenizers name; each works on a stream, so that text is given
/// as soon as it is complete. A closed family. Immutable and thread-safe.
/// </summary>
public abstract partial record Decoder
{
    private Decoder()
    {
    }

    /// <summary>Pieces are put together as they are.</summary>
    public static Decoder Verbatim { get; } = new Sequence([]);

    /// <summary>The step for one stream; what it emits goes to <paramref name="next"/>.</summary>
    internal abstract DecoderStep Start(DecoderStep next);

    /// <summary>The decoder that undoes a spacing.</summary>
    internal static Decoder Of(Spacing spacing, bool bytes)
    {
        Decoder? spaces = spacing switch
        {
            Spacing.Metaspace => new Metaspace(),
            Spacing.Joined => new Joined(),
            Spacing.EndOfWord(var marker) => new EndOfWord(marker),
            _ => null,
        };
        Decoder[] members = [.. spaces is null ? [] : (Decoder[])[spaces], .. bytes ? (Decoder[])[new ByteFallback()] : []];
        return members.Length == 1 ? members[0] : new Sequence(members);
    }

    /// <summary>Each member in turn.</summary>
    public sealed record Sequence(IReadOnlyList<Decoder> Members) : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) =>
            Members.Reverse().Aggregate(next, (following, member) => member.Start(following));

        public bool Equals(Sequence? other) => other is not null && Members.SequenceEqual(other.Members);

        public override int GetHashCode() => Members.Aggregate(23, HashCode.Combine);
    }

    /// <summary>In each piece, every <paramref name="Pattern"/> becomes <paramref name="Content"/>.</summary>
    public sealed record Replace(string Pattern, string Content) : Decoder
    {
        internal override DecoderStep Start(DecoderStep next) => new Map(next, piece => piece.Replace(Pattern, Content, StringComparison.Ordinal));
    }

    /// <summary>One space between pieces, which are whole words.</summary>
    public sealed record Joined : Decoder
    {
        internal override DecoderStep Start(DecoderStep next)
        {
            var first = true;
            return new Map(next, piece =>
            {
                var text = first ? piece : " " + piece;
                first = false;
                return text;
            });
        }
    }

    /// <summary>U+2581 becomes a space, except one that the text begins with.</summary>
    public sealed record Metaspace : Decoder
    {
        internal override DecoderStep Start(DecoderStep next)
        {
            var first = true;
            return new Map(next, piece =>
            {
                var text = piece.Replace(Spacing.MetaspaceCharacter, ' ');
                if (first && text.StartsWith(' ')) text = text[1..];
                first = false;
                return text;
            });
        }
    }

    /// <summary>
    /// The marker at the end of a word becomes a space if another piece follows. Sennrich et al. 2016, section 3.2. A piece
    /// without it (the unknown token) gets none: whether a word ended there is not known.
    /// </summary>
    public sealed record EndOfWord(string Marker = "</w>") : Decoder
    {
        internal override DecoderStep Start(DecoderStep next)
        {
            var pending = false;
            return new Map(next, piece =>
            {
                var space = pending ? " " : "";
                pending = piece.EndsWith(Marker, StringComparison.Ordinal);
                return space + (pending ? piece[..^Marker.Length] : piece);
            });
        }
    }

    /// <summary>A step that gives one piece for each.</summary>
    private sealed class Map(DecoderStep next, Func<string, string> map) : DecoderStep(next)
    {
        public override void Push(string piece) => Emit(map(piece));
    }
}
