using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers;

/// <summary>What every tokenizer keeps, whatever the text.</summary>
internal static class RandomPipeline
{
    public static void CheckOffsets(string text, TokenEncoding encoding)
    {
        var (start, end) = (0, 0);
        foreach (var span in encoding.Offsets)
        {
            Assert.True(span.Start >= start && span.Length >= 0 && span.End >= end && span.End <= text.Length, $"the range {span} goes back or leaves the text");
            (start, end) = (span.Start, span.End);
        }
    }

    /// <summary>
    /// BERT's promise: ranges in order inside the text, streams as the whole, and a text without unknown words comes back as words
    /// that encode to the same ids, whatever spaces, case and accents were. Returns whether all words were known.
    /// </summary>
    public static bool CheckBert(string text, Tokenizer tokenizer)
    {
        var encoding = tokenizer.Encode(text);
        CheckOffsets(text, encoding);
        CheckStream(tokenizer, encoding.Ids, PlainDecoding.WordPiece(tokenizer, encoding.Ids));
        if (encoding.Ids.Contains(tokenizer.UnknownId)) return false;
        Assert.Equal(encoding.Ids, tokenizer.EncodeToIds(tokenizer.Decode(encoding.Ids, skipSpecial: false)));
        return true;
    }

    /// <summary>One id at a time and all at once give the text that another decoder gives, and never half a character.</summary>
    public static void CheckStream(Tokenizer tokenizer, int[] ids, string expected, bool skipSpecial = true)
    {
        var stream = tokenizer.StartDecoding(skipSpecial);
        var parts = ids.Select(stream.Push).ToList();
        parts.Add(stream.Finish());
        Assert.All(parts, part => Assert.False(part is [.., var last] && char.IsHighSurrogate(last)));
        Assert.Equal(expected, string.Concat(parts));
        Assert.Equal(expected, tokenizer.Decode(ids, skipSpecial));
    }
}
