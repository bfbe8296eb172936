namespace Pellucid.Text.Tokenizers;

/// <summary>What a format puts around one text or a pair of them. A closed family. Immutable and thread-safe.</summary>
public abstract partial record PostProcessor
{
    private PostProcessor()
    {
    }

    /// <summary>One text or two, as they are so far; a member changes each, or puts them together.</summary>
    internal abstract IReadOnlyList<TokenEncoding> Process(IReadOnlyList<TokenEncoding> texts, bool addSpecial);

    /// <summary>Each member in turn.</summary>
    public sealed record Sequence(IReadOnlyList<PostProcessor> Members) : PostProcessor
    {
        internal override IReadOnlyList<TokenEncoding> Process(IReadOnlyList<TokenEncoding> texts, bool addSpecial) =>
            Members.Aggregate(texts, (current, member) => member.Process(current, addSpecial));

        public bool Equals(Sequence? other) => other is not null && Members.SequenceEqual(other.Members);

        public override int GetHashCode() => Members.Aggregate(29, HashCode.Combine);
    }

    /// <summary>A template for one text and one for two: texts and special tokens in order.</summary>
    public sealed record Template(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair) : PostProcessor
    {
        internal override IReadOnlyList<TokenEncoding> Process(IReadOnlyList<TokenEncoding> texts, bool addSpecial)
        {
            var parts = new List<TokenEncoding>();
            foreach (var part in texts.Count == 1 ? Single : Pair)
            {
                if (part is TemplatePart.Text(var second, var type)) parts.Add(texts[second ? 1 : 0].WithType(type));
                else if (addSpecial && part is TemplatePart.Special special) parts.Add(special.Tokens);
            }
            return parts;
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
