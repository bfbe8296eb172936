using System.Globalization;
using System.Text;

namespace Pellucid.Text.Normalization;

public abstract partial record Normalizer
{
    /// <summary>
    /// SentencePiece's compiled rules as Hugging Face's Precompiled applies them, which is not as SentencePiece does: a cluster of
    /// characters (Unicode Standard Annex #29) of fewer than six bytes becomes what the shortest rule that it begins with says, and in
    /// others each character does.
    /// </summary>
    public sealed record Precompiled : Normalizer
    {
        private const int LongestCluster = 5; // bytes of UTF-8

        private readonly CharsMap _map;

        /// <exception cref="TokenizerException">The bytes are no compiled map.</exception>
        internal Precompiled(byte[] map) => _map = new CharsMap(map);

        internal byte[] Map => _map.Blob;

        public bool Equals(Precompiled? other) => other is not null && Map.AsSpan().SequenceEqual(other.Map);

        public override int GetHashCode() => Map.Length;

        internal override NormalizedText Apply(NormalizedText text)
        {
            var all = text.Text.AsSpan();
            var builder = new NormalizedText.Builder(text);
            for (var at = 0; at < all.Length;)
            {
                var length = StringInfo.GetNextTextElementLength(all[at..]);
                var cluster = all.Slice(at, length);
                if (Encoding.UTF8.GetByteCount(cluster) <= LongestCluster && _map.TryMatchShortest(cluster, out var whole))
                {
                    builder.Append(whole, at, at + length);
                    at += length;
                    continue;
                }
                foreach (var rune in cluster.EnumerateRunes())
                {
                    var character = all.Slice(at, rune.Utf16SequenceLength);
                    builder.Append(_map.TryMatchShortest(character, out var replacement) ? replacement : character, at, at + character.Length);
                    at += character.Length;
                }
            }
            return builder.Build();
        }
    }
}
