namespace Pellucid.Text.Tokenizers;

/// <summary>
/// Byte-pair encoding: a word's characters are joined pair by pair, the merge learned first going first.
/// Sennrich et al. 2016, algorithm 1. A character outside the vocabulary becomes its UTF-8 bytes where the vocabulary has
/// byte pieces, otherwise the unknown token.
/// </summary>
public sealed class BpeModel : TokenizerModel
{
    private readonly MergeTable _merges;
    private readonly BpeSymbols _symbols;
    private readonly WordCache _cache = new();

    /// <param name="vocabulary">The pieces; the parts and the result of every merge are among them.</param>
    /// <param name="merges">Pairs of pieces, the first learned first.</param>
    /// <param name="spacing">How spaces are spelled in pieces.</param>
    /// <param name="byteFallback">Whether an unseen character becomes its bytes.</param>
    /// <exception cref="TokenizerException">A merge names a piece that the vocabulary lacks, or occurs twice.</exception>
    internal BpeModel(Vocabulary vocabulary, IReadOnlyList<MergePair> merges, Spacing spacing, bool byteFallback)
        : this(vocabulary, merges, BpeSpelling.Of(spacing, byteFallback))
    {
        if (byteFallback && !vocabulary.HasBytes)
            throw new TokenizerException("byte fallback needs the 256 pieces <0x00> to <0xFF>, and the vocabulary lacks some of them");
        if (spacing is Spacing.Metaspace && !vocabulary.TryGetId(Spacing.MetaspaceCharacter.ToString(), out _))
            throw new TokenizerException("spaces are spelled as U+2581, and the vocabulary lacks that piece");
    }

    internal BpeModel(Vocabulary vocabulary, IReadOnlyList<MergePair> merges, BpeSpelling spelling) : base(vocabulary)
    {
        Merges = [.. merges];
        Spelling = spelling;
        _merges = new MergeTable(vocabulary, Merges, spelling.ContinuingPrefix?.Length ?? 0);
        _symbols = new BpeSymbols(vocabulary, spelling);
    }

    /// <summary>The merges in the order in which they were learned.</summary>
    public IReadOnlyList<MergePair> Merges { get; }

    public bool ByteFallback => Spelling.ByteFallback;

    internal BpeSpelling Spelling { get; }

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids, List<TextSpan>? ranges)
    {
        var known = word.Length <= WordCache.LongestWord ? _cache.Find(word) : default;
        if (known.IsEmpty)
        {
            if (Spelling.WholeWords && Vocabulary.TryGetId(word, out var whole) && !Vocabulary.IsSpecial(whole))
            {
                ids.Add(whole);
                ranges?.Add(new(0, word.Length));
                return;
            }
            var symbols = new BpeWord(_symbols, word);
            symbols.Merge(_merges, everyOccurrence: false);
            known = symbols.Ids;
            _cache.Add(word, known);
        }
        ids.AddRange(known);
        if (ranges is not null) _symbols.AddRanges(word, known, ranges);
    }

    /// <summary>One of the word's many segmentations: each merge is skipped with the given probability (BPE-dropout).</summary>
    internal void Encode(ReadOnlySpan<char> word, double dropout, ref TokenRandom random, List<int> ids)
    {
        var symbols = new BpeWord(_symbols, word);
        symbols.Merge(_merges, dropout, ref random);
        ids.AddRange(symbols.Ids);
    }
}
