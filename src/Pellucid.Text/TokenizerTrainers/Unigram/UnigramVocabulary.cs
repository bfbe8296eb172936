using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>What a trained unigram model's vocabulary is made of.</summary>
internal static class UnigramVocabulary
{
    // Characters that training gave up get the least score, each a little more than the one before, as in SentencePiece.
    private const double Step = 0.0001;

    /// <summary>The pieces that are not learned, in the order of their ids: special tokens, user-defined symbols, bytes.</summary>
    /// <exception cref="TokenizerException">There is no unknown token.</exception>
    public static List<ModelPiece> Reserved(UnigramTrainerOptions options)
    {
        var unknown = options.SpecialTokens.Unknown
            ?? throw new TokenizerException("a unigram model needs an unknown token: a character that is no piece must be something");
        var pieces = options.SpecialTokens.All.Select(token => new ModelPiece(token, 0, token == unknown ? PieceType.Unknown : PieceType.Control)).ToList();
        pieces.AddRange(options.UserDefinedSymbols.Select(symbol => new ModelPiece(symbol, 0, PieceType.UserDefined)));
        if (options.ByteFallback)
            pieces.AddRange(Enumerable.Range(0, 256).Select(value => new ModelPiece(Vocabulary.BytePiece((byte)value), 0, PieceType.Byte)));
        return pieces;
    }

    public static Tokenizer Build(UnigramTrainerOptions options, List<ModelPiece> reserved, IReadOnlyList<(string Text, long Count)> characters,
        List<string> pieces, double[] scores, NormalizerSpec normalizer)
    {
        var taken = reserved.Select(piece => piece.Text).ToHashSet(StringComparer.Ordinal);
        var learned = pieces.Select((piece, i) => (Piece: piece, Score: scores[i])).ToDictionary(entry => entry.Piece, entry => entry.Score, StringComparer.Ordinal);
        var final = new Dictionary<string, double>(StringComparer.Ordinal);
        double least = scores.Min(), more = 0;
        foreach (var (character, _) in characters)
        {
            if (taken.Contains(character)) continue;
            if (!learned.TryGetValue(character, out var score))
            {
                score = least + more;
                more += Step;
            }
            final[character] = score;
        }
        foreach (var (piece, score) in Ordered(learned))
        {
            if (final.Count == options.VocabularySize - reserved.Count) break;
            final.TryAdd(piece, score);
        }
        var all = reserved.Concat(Ordered(final).Select(entry => new ModelPiece(entry.Key, (float)entry.Value, PieceType.Normal))).ToList();
        return SentencePieceFile.FromProto(new() { Pieces = all, Trainer = Spec(options, all), Normalizer = normalizer }, null);
    }

    private static IEnumerable<KeyValuePair<string, double>> Ordered(Dictionary<string, double> pieces) =>
        pieces.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal);

    private static TrainerSpec Spec(UnigramTrainerOptions options, List<ModelPiece> pieces)
    {
        var special = options.SpecialTokens;
        int IdOf(string? token) => token is null ? -1 : pieces.FindIndex(piece => piece.Text == token);
        var rest = new ProtobufWriter();
        rest.Write(4, pieces.Count);
        rest.Write(10, (float)options.CharacterCoverage);
        rest.Write(14, options.SeedSize);
        rest.Write(15, (float)options.ShrinkingFactor);
        rest.Write(17, options.SubIterations);
        rest.Write(20, options.MaximumPieceLength);
        rest.Write(21, options.SplitByScript);
        rest.Write(23, options.SplitByNumber);
        rest.Write(25, options.SplitDigits);
        foreach (var token in special.Additional) rest.Write(30, token);
        foreach (var symbol in options.UserDefinedSymbols) rest.Write(31, symbol);
        return new()
        {
            Kind = ModelKind.Unigram,
            ByteFallback = options.ByteFallback,
            UnknownId = IdOf(special.Unknown),
            BeginId = IdOf(special.BeginOfSentence),
            EndId = IdOf(special.EndOfSentence),
            PaddingId = IdOf(special.Padding),
            UnknownPiece = special.Unknown!,
            BeginPiece = special.BeginOfSentence ?? "<s>",
            EndPiece = special.EndOfSentence ?? "</s>",
            PaddingPiece = special.Padding ?? "<pad>",
            Rest = rest.Written.ToArray(),
        };
    }
}
