using System.Text.Json;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

/// <summary>Two small models that spm_train made, and what spm_encode and spm_decode gave with them: make_spm_small.py.</summary>
internal static class SmallModels
{
    private static readonly JsonElement Models = JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Text", "Tokenizers", "SentencePiece", "spm_small.json"))).RootElement;

    /// <summary>The file of a model: unigram, or bpe with bytes.</summary>
    public static byte[] Bytes(string name) => Model(name).GetProperty("model").GetBytesFromBase64();

    public static Tokenizer Read(string name)
    {
        using var folder = new TemporaryFolder();
        return SentencePieceFile.Read(folder.File("a.model", Bytes(name)));
    }

    public static IEnumerable<(string Text, int[] Ids, string Decoded)> Cases(string name) => Model(name).GetProperty("cases").EnumerateArray()
        .Select(item => (item.GetProperty("text").GetString()!, item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray(), item.GetProperty("decoded").GetString()!));

    private static JsonElement Model(string name) => Models.EnumerateArray().First(model => model.GetProperty("name").GetString() == name);
}
