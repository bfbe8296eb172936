using System.Text.Json;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers;

/// <summary>Every stage of a tokenizer.json does what Hugging Face's tokenizers do with it; see HuggingFace/make_stages.mjs.</summary>
public sealed class TokenizerStagesTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Text", "Tokenizers", "HuggingFace");
    private static readonly JsonElement Goldens = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "stages.json"))).RootElement;
    private static readonly string[] Texts = [.. Goldens.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];

    public static TheoryData<string> Names => [.. Goldens.GetProperty("cases").EnumerateArray().Select(item => item[0].GetString()!)];

    private static JsonElement Find(string name) => Goldens.GetProperty("cases").EnumerateArray().First(item => item[0].GetString() == name);

    private static Tokenizer Load(JsonElement json, TemporaryFolder folder) => Tokenizer.Load(folder.File("tokenizer.json", json.GetRawText()));

    [Theory]
    [MemberData(nameof(Names))]
    public void AStageGivesTheIdsRangesTypesAndTextOfHuggingFace(string name)
    {
        using var folder = new TemporaryFolder();
        var golden = Find(name);
        var tokenizer = Load(golden[1], folder);
        foreach (var row in golden[2].EnumerateArray())
        {
            var number = row[0].GetInt32();
            var text = Texts[number];
            var second = row[1].ValueKind == JsonValueKind.Null ? null : Texts[row[1].GetInt32()];
            var options = new EncodeOptions { AddSpecial = number % 2 == 1 };
            var encoding = second is null ? tokenizer.Encode(text, options) : tokenizer.Encode(text, second, options);
            var ids = row[2].EnumerateArray().Select(id => id.GetInt32()).ToArray();
            Assert.Equal(ids, encoding.Ids);
            Assert.Equal(row[4].EnumerateArray().Select(type => type.GetInt32()), encoding.TypeIds);
            if (second is null && ComparesRanges(name))
            {
                var scalars = ScalarPositions(text);
                Assert.Equal(row[3].EnumerateArray().Select(place => place.GetInt32()), encoding.Offsets.SelectMany(span => (int[])[scalars[span.Start], scalars[span.End]]));
            }
            if (second is null) RandomPipeline.CheckOffsets(text, options.AddSpecial ? tokenizer.Encode(text) : encoding);
            if (ids.Length > 0) RandomPipeline.CheckStream(tokenizer, ids, row[5].GetString()!, skipSpecial: false);
        }
    }

    // A byte of a character has the character's range here, and there a byte of it; what a normalizer inserted or a model left out differs likewise.
    private static bool ComparesRanges(string name) => name.StartsWith("pre-tokenizer", StringComparison.Ordinal) || name.StartsWith("BERT", StringComparison.Ordinal)
        || name.StartsWith("added", StringComparison.Ordinal) || name.StartsWith("BPE with ", StringComparison.Ordinal) || name.StartsWith("BPE un", StringComparison.Ordinal)
        || name.StartsWith("BPE fus", StringComparison.Ordinal) || name.StartsWith("BPE ign", StringComparison.Ordinal) || name == "words";

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatIsReadAndWrittenIsReadTheSame(string name)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Load(Find(name)[1], folder);
        RoundTrip.Check(tokenizer, folder, Texts);
    }

    private static int[] ScalarPositions(string text)
    {
        var positions = new int[text.Length + 1];
        for (var i = 0; i < text.Length; i++) positions[i + 1] = positions[i] + (char.IsHighSurrogate(text[i]) ? 0 : 1);
        return positions;
    }
}
