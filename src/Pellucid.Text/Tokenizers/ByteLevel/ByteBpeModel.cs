using System.Text;

namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>
/// Byte-level byte-pair encoding (Radford et al. 2019, section 2.2): a word's UTF-8 bytes are joined pair by pair, the merge of
/// lowest rank first. Nothing is unknown; pieces are spelled in GPT-2's byte alphabet. A surrogate alone is encoded as U+FFFD.
/// </summary>
public sealed class ByteBpeModel : TokenizerModel
{
    private readonly int[] _byteIds = new int[256];
    private readonly MergeTable _merges;
    private readonly RankedMerge[] _ranked;
    private readonly WordCache _cache = new();

    /// <param name="vocabulary">The pieces, spelled in the byte alphabet; all 256 bytes are among them.</param>
    /// <param name="merges">Pairs of pieces, the first learned first. The ids of their results need not follow.</param>
    /// <param name="wholeWords">Whether a word that is a piece is taken as it is, whatever the merges make of it.</param>
    /// <exception cref="TokenizerException">The vocabulary lacks a byte, or a piece that a merge names, or a merge occurs twice.</exception>
    internal ByteBpeModel(Vocabulary vocabulary, IReadOnlyList<MergePair> merges, bool wholeWords = false)
        : this(vocabulary, ByteMerges.OfPairs(vocabulary, merges), wholeWords)
    {
    }

    private ByteBpeModel(Vocabulary vocabulary, RankedMerge[] merges, bool wholeWords) : base(vocabulary)
    {
        WholeWords = wholeWords;
        for (var value = 0; value < 256; value++)
        {
            if (!vocabulary.TryGetId(ByteAlphabet.Spell([(byte)value]), out _byteIds[value]) || vocabulary.IsSpecial(_byteIds[value]))
                throw new TokenizerException(FormattableString.Invariant(
                    $"the vocabulary lacks a piece for the byte 0x{value:X2} ('{ByteAlphabet.Character((byte)value)}'); a byte-level tokenizer needs all 256"));
        }
        _ranked = merges;
        _merges = new(merges);
        Merges = new MergeList(vocabulary, merges);
    }

    /// <summary>
    /// In the way of tiktoken: the merges are all pairs of pieces whose bytes together are a piece, the rank of each is the id of
    /// that piece, and a word that is a piece is taken as it is.
    /// </summary>
    /// <exception cref="TokenizerException">The vocabulary lacks a byte.</exception>
    internal static ByteBpeModel OfRanks(Vocabulary vocabulary) => new(vocabulary, ByteMerges.OfRanks(vocabulary), wholeWords: true);

    /// <summary>The merges in the order of their ranks. In the way of tiktoken several may have one rank; here they follow each other.</summary>
    public IReadOnlyList<MergePair> Merges { get; }

    /// <summary>Whether a word that is a piece is taken as it is; <c>ignore_merges</c> in a <c>tokenizer.json</c>.</summary>
    public bool WholeWords { get; }

    /// <summary>The merges by ids.</summary>
    internal IReadOnlyList<RankedMerge> RankedMerges => _ranked;

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids, List<TextSpan>? ranges)
    {
        var known = word.Length <= WordCache.LongestWord ? _cache.Find(word) : default;
        if (known.IsEmpty)
        {
            known = Cut(word, out _);
            _cache.Add(word, known);
        }
        ids.AddRange(known);
        if (ranges is not null) AddRanges(word, known, ranges);
    }

    /// <summary>One of the word's many segmentations: each merge is skipped with the given probability (BPE-dropout).</summary>
    internal void Encode(ReadOnlySpan<char> word, double dropout, ref TokenRandom random, List<int> ids)
    {
        var symbols = new BpeWord(ByteIds(word));
        symbols.Merge(_merges, dropout, ref random);
        ids.AddRange(symbols.Ids);
    }

    /// <summary>The ids of a word, without the cache.</summary>
    /// <param name="word">As the pre-tokenizer left it.</param>
    /// <param name="heapPushes">How many merges a long word put into its heap.</param>
    internal ReadOnlySpan<int> Cut(ReadOnlySpan<char> word, out int heapPushes)
    {
        var bytes = ByteIds(word);
        heapPushes = 0;
        if (WholeWords && TryWhole(word, out var whole)) return new int[] { whole };
        var symbols = new BpeWord(bytes);
        symbols.Merge(_merges, everyOccurrence: false);
        heapPushes = symbols.HeapPushes;
        return symbols.Ids;
    }

    private int[] ByteIds(ReadOnlySpan<char> word)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        return Array.ConvertAll(bytes, value => _byteIds[value]);
    }

    private bool TryWhole(ReadOnlySpan<char> word, out int id)
    {
        id = -1;
        if (word.Length > ByteMerges.LongestPiece) return false;
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        return Vocabulary.TryGetId(ByteAlphabet.Spell(bytes), out id) && !Vocabulary.IsSpecial(id);
    }

    /// <summary>One range for each id: the characters that its bytes are bytes of. A piece has as many bytes as its spelling has characters.</summary>
    private void AddRanges(ReadOnlySpan<char> word, ReadOnlySpan<int> ids, List<TextSpan> ranges)
    {
        var at = 0;     // the character that the next byte belongs to
        var inside = 0; // bytes of it that earlier ids had
        foreach (var id in ids)
        {
            var (start, end) = (at, at);
            for (var left = Vocabulary[id].Length; left > 0;)
            {
                _ = Rune.DecodeFromUtf16(word[at..], out var rune, out var units);
                var taken = Math.Min(left, rune.Utf8SequenceLength - inside);
                left -= taken;
                inside += taken;
                end = at + units;
                if (inside < rune.Utf8SequenceLength) continue;
                at = end;
                inside = 0;
            }
            ranges.Add(TextSpan.Between(start, end));
        }
    }

    /// <summary>Merges as pairs of pieces, spelled when they are asked for.</summary>
    private sealed class MergeList(Vocabulary vocabulary, RankedMerge[] merges) : IReadOnlyList<MergePair>
    {
        public int Count => merges.Length;

        public MergePair this[int index] => new(vocabulary[merges[index].Left], vocabulary[merges[index].Right]);

        public IEnumerator<MergePair> GetEnumerator()
        {
            for (var i = 0; i < Count; i++) yield return this[i];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
