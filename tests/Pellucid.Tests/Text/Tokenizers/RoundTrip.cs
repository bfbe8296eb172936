using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers;

internal static class RoundTrip
{
    /// <summary>Written, read and written again: every stage is equal, so are ids and texts, and the second file is the first.</summary>
    public static void Check(Tokenizer tokenizer, TemporaryFolder folder, IEnumerable<string> texts)
    {
        tokenizer.Save(folder.File("once.json"));
        var read = Tokenizer.Load(folder.File("once.json"));
        Assert.Equal(tokenizer.AddedTokens, read.AddedTokens);
        Assert.Equal(tokenizer.Normalizer, read.Normalizer);
        Assert.Equal(tokenizer.PreTokenizer, read.PreTokenizer);
        Assert.Equal(tokenizer.Spacing, read.Spacing);
        Assert.Equal(tokenizer.PostProcessor, read.PostProcessor);
        Assert.Equal(tokenizer.Decoder, read.Decoder);
        Assert.Equal(tokenizer.Truncation, read.Truncation);
        Assert.Equal(tokenizer.Padding, read.Padding);
        Assert.Equal(tokenizer.Model.GetType(), read.Model.GetType());
        Assert.Equal(tokenizer.Vocabulary.Pieces, read.Vocabulary.Pieces);
        Assert.Equal(tokenizer.Vocabulary.SpecialTokens.All, read.Vocabulary.SpecialTokens.All);
        foreach (var text in texts)
        {
            var options = new EncodeOptions { AddSpecial = true };
            var ids = tokenizer.EncodeToIds(text, options);
            Assert.Equal(ids, read.EncodeToIds(text, options));
            Assert.Equal(tokenizer.Decode(ids), read.Decode(ids));
        }
        read.Save(folder.File("again.json"));
        Assert.Equal(File.ReadAllBytes(folder.File("once.json")), File.ReadAllBytes(folder.File("again.json")));
    }
}
