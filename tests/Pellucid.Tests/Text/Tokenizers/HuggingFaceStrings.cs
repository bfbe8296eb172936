using System.Globalization;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers;

/// <summary>The 46 strings of goldens/tokenizers/huggingface and the ids that Hugging Face's tokenizers give for them.</summary>
internal static class HuggingFaceStrings
{
    public static void Check(Tokenizer tokenizer, string expected)
    {
        var texts = File.ReadAllText(SharedFiles.Require("goldens/tokenizers/huggingface/strings.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(SharedFiles.Require("goldens/tokenizers/huggingface/" + expected));
        Assert.True(texts.Length >= lines.Length && lines.Length >= 46);
        for (var i = 0; i < lines.Length; i++)
        {
            var ids = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture));
            Assert.Equal(ids, tokenizer.EncodeToIds(texts[i]));
        }
    }
}
