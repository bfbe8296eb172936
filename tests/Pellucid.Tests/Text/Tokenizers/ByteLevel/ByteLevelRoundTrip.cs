using Pellucid.Text;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers.ByteLevel;

/// <summary>What a byte-level tokenizer promises of any text.</summary>
internal static class ByteLevelRoundTrip
{
    public static void Check(Tokenizer tokenizer, string text)
    {
        var repaired = string.Concat(text.EnumerateRunes());
        var encoding = tokenizer.Encode(text);
        Assert.Equal(repaired, tokenizer.Decode(encoding.Ids, skipSpecial: false));
        var reached = 0;
        foreach (var span in encoding.Offsets)
        {
            Assert.True(span.Length > 0 && span.Start >= 0 && span.End <= text.Length && span.Start <= reached && span.End >= reached, text);
            reached = span.End;
        }
        Assert.Equal(text.Length, reached);
    }
}
