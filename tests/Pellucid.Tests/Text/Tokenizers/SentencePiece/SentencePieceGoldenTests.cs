using System.Text.Json;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

/// <summary>Ids that SentencePiece documents or gave, for models of others.</summary>
public sealed class SentencePieceGoldenTests
{
    private const string Folder = "goldens/tokenizers/sentencepiece/";

    [Theory]
    [InlineData("This is a test", new[] { 284, 47, 11, 4, 15, 400 })]
    [InlineData("Hello world", new[] { 151, 88, 21, 887 })]
    [InlineData("I saw a girl with a telescope.", new[] { 9, 459, 11, 939, 44, 11, 4, 142, 82, 8, 28, 21, 132, 6 })]
    public void TheTestModelGivesTheDocumentedIds(string text, int[] ids)
    {
        var tokenizer = SentencePieceFile.Read(SharedFiles.Require(Folder + "test_model.model"));
        Assert.Equal(ids, tokenizer.EncodeToIds(text));
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void TheTestModelGivesPiecesIdsAndDecodedTextOfTheReference()
    {
        var tokenizer = SentencePieceFile.Read(SharedFiles.Require(Folder + "test_model.model"));
        using var goldens = JsonDocument.Parse(File.ReadAllText(SharedFiles.Require(Folder + "goldens.sentencepiece.google-test-en.json")));
        Assert.Equal(1000, tokenizer.VocabularySize);
        Assert.All(goldens.RootElement.GetProperty("cases").EnumerateArray(), item => Check(tokenizer, item));
    }

    [Fact]
    public void TheMarianModelGivesPiecesIdsAndDecodedTextOfTheReference()
    {
        var tokenizer = SentencePieceFile.Read(SharedFiles.Require("goldens/tokenizers/opus-mt/source.spm"));
        using var goldens = JsonDocument.Parse(File.ReadAllText(SharedFiles.Require("goldens/tokenizers/opus-mt/goldens.sentencepiece.opus-mt-en-mg.source.json")));
        using var vocabulary = JsonDocument.Parse(File.ReadAllText(SharedFiles.Require("goldens/tokenizers/opus-mt/vocab.json")));
        int IdOf(string piece) => vocabulary.RootElement.TryGetProperty(piece, out var id) ? id.GetInt32() : IdOf("<unk>");
        Assert.All(goldens.RootElement.GetProperty("cases").EnumerateArray(), item =>
        {
            Check(tokenizer, item);
            // Marian numbers the pieces of both languages anew, in a list of its own.
            var marian = tokenizer.Encode(item.GetProperty("text").GetString()!).Pieces.Append("</s>").Select(IdOf);
            Assert.Equal(item.GetProperty("marian_ids_with_eos").EnumerateArray().Select(id => id.GetInt32()), marian);
        });
    }

    [Theory]
    [InlineData("botchan.txt")]
    [InlineData("wagahaiwa_nekodearu.txt")]
    public void TheTestModelDecodesToTheNormalisedText(string name)
    {
        var tokenizer = SentencePieceFile.Read(SharedFiles.Require(Folder + "test_model.model"));
        foreach (var line in File.ReadLines(SharedFiles.Require(Folder + name)).Take(2000))
        {
            var ids = tokenizer.EncodeToIds(line);
            if (ids.Contains(tokenizer.UnknownId)) continue;
            Assert.Equal(tokenizer.Normalizer.Normalize(line).Text.Replace('▁', ' ').TrimStart(), tokenizer.Decode(ids));
        }
    }

    private static void Check(Tokenizer tokenizer, JsonElement item)
    {
        var text = item.GetProperty("text").GetString()!;
        var encoding = tokenizer.Encode(text);
        Assert.Equal(item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), encoding.Ids);
        Assert.Equal(item.GetProperty("decoded").GetString(), tokenizer.Decode(encoding.Ids));
        // The reference prints an unknown piece as the text it stands for.
        var pieces = item.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()).ToList();
        Assert.Equal(pieces.Count, encoding.Pieces.Length);
        for (var i = 0; i < pieces.Count; i++)
            if (encoding.Ids[i] != tokenizer.UnknownId) Assert.Equal(pieces[i], encoding.Pieces[i]);
    }
}
