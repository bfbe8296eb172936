namespace Pellucid.Text.Tokenizers;

public abstract partial record Decoder
{
    /// <summary>
    /// A piece with the prefix is joined to the one before it, others with a space. If <paramref name="Cleanup"/>, the space before
    /// English punctuation and contractions goes, piece by piece, as Hugging Face's WordPiece decoder has it: "it", "'s" is "it's",
    /// and "it", "'", "s" stays "it ' s".
    /// </summary>
    public sealed record WordPiece(string Prefix = "##", bool Cleanup = true) : Decoder
    {
        private static readonly (string From, string To)[] Cleaned =
        [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
            (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ];

        internal override DecoderStep Start(DecoderStep next)
        {
            var first = true;
            return new Map(next, piece =>
            {
                if (!first) piece = piece.StartsWith(Prefix, StringComparison.Ordinal) ? piece[Prefix.Length..] : " " + piece;
                first = false;
                if (Cleanup)
                    foreach (var (from, to) in Cleaned) piece = piece.Replace(from, to, StringComparison.Ordinal);
                return piece;
            });
        }
    }
}
