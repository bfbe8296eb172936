namespace Pellucid.Text.Tokenizers;

/// <summary>What a format puts around one text or a pair of them. A closed family. Immutable and thread-safe.</summary>
public abstract partial record PostProcessor
{
    private PostProcessor()
    {
    }

    /// <summary>The tokens of a text, or of two, with what belongs around them if <paramref name="addSpecial"/>.</summary>
    internal abstract TokenEncoding Process(TokenEncoding first, TokenEncoding? second, bool addSpecial);

    /// <summary>Each member in turn; a pair is put together by the first that does so.</summary>
    public sealed record Sequence(IReadOnlyList<PostProcessor> Members) : PostProcessor
    {
        internal override TokenEncoding Process(TokenEncoding first, TokenEncoding? second, bool addSpecial)
        {
            foreach (var member in Members)
            {
                first = member.Process(first, second, addSpecial);
                second = null;
            }
            return first;
        }

        public bool Equals(Sequence? other) => other is not null && Members.SequenceEqual(other.Members);

        public override int GetHashCode() => Members.Aggregate(29, HashCode.Combine);
    }

    /// <summary>A template for one text and one for two: texts and special tokens in order.</summary>
    public sealed record Template(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair) : PostProcessor
    {
        internal override TokenEncoding Process(TokenEncoding first, TokenEncoding? second, bool addSpecial)
        {
            var parts = new List<TokenEncoding>();
            foreach (var part in second is null ? Single : Pair)
            {
                if (part is TemplatePart.Text(var isSecond, var type)) parts.Add((isSecond ? second! : first).WithType(type));
                else if (addSpecial && part is TemplatePart.Special special) parts.Add(special.Tokens);
            }
            return TokenEncoding.Concat(parts);
        }

        public bool Equals(Template? other) => other is not null && Single.SequenceEqual(other.Single) && Pair.SequenceEqual(other.Pair);

        public override int GetHashCode() => Pair.Aggregate(Single.Aggregate(31, HashCode.Combine), HashCode.Combine);
    }
}

/// <summary>A part of a <see cref="PostProcessor.Template"/>.</summary>
public abstract record TemplatePart(int TypeId)
{
    /// <summary>The first text, or the second of a pair.</summary>
    public sealed record Text(bool Second, int TypeId) : TemplatePart(TypeId);

    /// <summary>Special tokens: in most formats one.</summary>
    public sealed record Special(string Name, IReadOnlyList<int> Ids, IReadOnlyList<string> Pieces, int TypeId) : TemplatePart(TypeId)
    {
        internal TokenEncoding Tokens => new TokenEncoding([.. Ids], [.. Pieces], new TextSpan[Ids.Count]).WithType(TypeId);

        public bool Equals(Special? other) => other is not null && Name == other.Name && TypeId == other.TypeId
            && Ids.SequenceEqual(other.Ids) && Pieces.SequenceEqual(other.Pieces);

        public override int GetHashCode() => Ids.Aggregate(HashCode.Combine(Name, TypeId), HashCode.Combine);
    }
}
