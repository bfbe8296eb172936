using System.Runtime.InteropServices;
using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// Text to ids and back. Immutable and safe for concurrent callers. Encoding adds no begin or end of sentence and never reads
/// a special token out of the text: a text that contains "&lt;/s&gt;" is encoded as those four characters.
/// </summary>
public sealed class Tokenizer
{
    internal Tokenizer(Normalizer normalizer, PreTokenizer preTokenizer, Spacing spacing, TokenizerModel model)
    {
        CheckSpacing(preTokenizer, spacing);
        if (spacing is Spacing.Joined && model is BpeModel) throw new TokenizerException("pieces of words cannot be joined with spaces");
        if (spacing is Spacing.EndOfWord && model is WordModel) throw new TokenizerException("whole words need no end-of-word marker");
        Normalizer = normalizer;
        PreTokenizer = preTokenizer;
        Spacing = spacing;
        Model = model;
    }

    public Normalizer Normalizer { get; }
    public PreTokenizer PreTokenizer { get; }
    public Spacing Spacing { get; }
    public TokenizerModel Model { get; }
    public Vocabulary Vocabulary => Model.Vocabulary;
    public int VocabularySize => Vocabulary.Count;
    public int PaddingId => Vocabulary.PaddingId;
    public int BeginOfSentenceId => Vocabulary.BeginOfSentenceId;
    public int EndOfSentenceId => Vocabulary.EndOfSentenceId;
    public int UnknownId => Vocabulary.UnknownId;

    /// <summary>Reads a <c>tokenizer.json</c> in the format of Hugging Face's tokenizers, strictly.</summary>
    /// <exception cref="TokenizerException">The file is missing, damaged, or holds something that would change the meaning of ids.</exception>
    public static Tokenizer Load(string path) => Json.TokenizerReader.Read(path);

    /// <summary>Writes a <c>tokenizer.json</c> that Hugging Face's tokenizers read; to a temporary name first, then renamed.</summary>
    /// <exception cref="TokenizerException">The file cannot be written.</exception>
    public void Save(string path) => Json.TokenizerWriter.Write(this, path);

    /// <summary>Ids, pieces and offsets into <paramref name="text"/>.</summary>
    public TokenEncoding Encode(string text)
    {
        var normalized = Normalizer.Normalize(text);
        var work = Work(normalized.Text);
        var shift = work.Length - normalized.Text.Length; // 1 if a space was set before the first word
        var ids = new List<int>();
        var offsets = new List<TextSpan>();
        foreach (var word in Words(work))
        {
            var first = ids.Count;
            Model.Encode(word.Of(work), ids);
            AddOffsets(work, word, CollectionsMarshal.AsSpan(ids)[first..], shift, normalized, offsets);
        }
        return new([.. ids], [.. ids.Select(id => Vocabulary[id])], [.. offsets]);
    }

    /// <summary>The ids alone: T of them.</summary>
    public int[] EncodeToIds(string text)
    {
        var work = Work(Normalizer.Normalize(text).Text);
        var ids = new List<int>(work.Length / 3 + 4);
        foreach (var word in Words(work)) Model.Encode(word.Of(work), ids);
        return [.. ids];
    }

    /// <summary>
    /// The ids of one of the text's segmentations, drawn by BPE-dropout (Provilkov et al. 2020): a function of the text,
    /// the probability and the seed, on any thread. For training only. Probability 0 gives the same as without.
    /// </summary>
    /// <exception cref="TokenizerException">The model is not BPE.</exception>
    public int[] EncodeToIds(string text, double dropout, ulong seed)
    {
        if (dropout is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "BPE dropout is a probability from 0 to below 1");
        if (dropout == 0) return EncodeToIds(text);
        if (Model is not BpeModel bpe) throw new TokenizerException("BPE dropout needs a BPE tokenizer; this one has no merges to leave out");
        var work = Work(Normalizer.Normalize(text).Text);
        var ids = new List<int>(work.Length / 2 + 4);
        var random = new TokenRandom(seed);
        foreach (var word in Words(work)) bpe.Encode(word.Of(work), dropout, ref random, ids);
        return [.. ids];
    }

    /// <summary>
    /// The text of ids. Padding, begin, end and additional special tokens are left out if <paramref name="skipSpecial"/>;
    /// the unknown token always shows. Bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    /// <exception cref="TokenizerException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var stream = new DecodeStream(this, skipSpecial);
        var text = new System.Text.StringBuilder();
        foreach (var id in ids) text.Append(stream.Push(id));
        return text.Append(stream.Finish()).ToString();
    }

    /// <summary>Decoding one id at a time.</summary>
    public DecodeStream StartDecoding(bool skipSpecial = true) => new(this, skipSpecial);

    /// <summary>A pre-tokenizer that drops white space needs a spacing that brings it back, and no other.</summary>
    internal static void CheckSpacing(PreTokenizer preTokenizer, Spacing spacing)
    {
        if (preTokenizer.DropsWhitespace != (spacing is Spacing.Joined or Spacing.EndOfWord))
            throw new TokenizerException($"the pre-tokenizer {preTokenizer} and the spacing {spacing} do not fit: one of them loses the spaces between words");
    }

    private string Work(string normalized) => Work(normalized, Spacing);

    private List<TextSpan> Words(string work) => Words(work, PreTokenizer);

    /// <summary>The normalised text with a space before the first word where the spacing wants one.</summary>
    internal static string Work(string normalized, Spacing spacing) =>
        spacing is Spacing.Metaspace && normalized.Length > 0 ? " " + normalized : normalized;

    internal static List<TextSpan> Words(string work, PreTokenizer preTokenizer)
    {
        var words = new List<TextSpan>(work.Length / 5 + 1);
        for (var at = 0; at < work.Length;)
        {
            var length = preTokenizer.WordLength(work.AsSpan(at));
            if (!preTokenizer.DropsWhitespace || !char.IsWhiteSpace(work[at])) words.Add(new(at, length));
            at += length;
        }
        return words;
    }

    private void AddOffsets(string work, TextSpan word, ReadOnlySpan<int> ids, int shift, NormalizedText normalized, List<TextSpan> offsets)
    {
        var at = word.Start;
        var bytesLeft = 0; // of a character spelled in bytes
        var byteLength = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            var length = i == ids.Length - 1 && bytesLeft == 0 ? word.End - at : Model.PieceLength(work.AsSpan(at, word.End - at), ids[i]);
            var isByte = Model is BpeModel { ByteFallback: true } && Vocabulary.ByteValue(ids[i]) >= 0;
            if (isByte && bytesLeft == 0)
            {
                _ = System.Text.Rune.DecodeFromUtf16(work.AsSpan(at), out var rune, out byteLength);
                bytesLeft = rune.Utf8SequenceLength;
            }
            if (isByte) length = byteLength;
            var start = Math.Max(at - shift, 0);
            offsets.Add(normalized.SourceSpan(start, at + length - shift - start));
            if (isByte && --bytesLeft > 0) continue;
            at += length;
        }
    }
}
