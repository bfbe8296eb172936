using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers;

/// <summary>Files made to do harm: each gets a typed error that names the file and the place, soon and without the memory it asks for.</summary>
public sealed class HostileTokenizerTests
{
    private const string Bert = """
        {"version":"1.0","truncation":null,"padding":null,
         "added_tokens":[{"id":0,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
         "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
         "pre_tokenizer":{"type":"BertPreTokenizer"},
         "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[UNK]","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
           "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"[UNK]":{"id":"[UNK]","ids":[0],"tokens":["[UNK]"]}}},
         "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
         "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"a":1,"##a":2}}}
        """;

    private static TokenizerException Refused(Action<JsonNode> damage)
    {
        var json = JsonNode.Parse(Bert)!;
        damage(json);
        return RefusedText(json.ToJsonString());
    }

    private static TokenizerException RefusedText(string content)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("tokenizer.json", content);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(path));
        Assert.Equal(path, error.File);
        return error;
    }

    private static void Names(string place, Action<JsonNode> damage) => Assert.Contains(place, Refused(damage).Message, StringComparison.Ordinal);

    [Fact]
    public void TheFileItselfIsRead()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal([0, 1, 2], Tokenizer.Load(folder.File("tokenizer.json", Bert)).EncodeToIds("AA", new EncodeOptions { AddSpecial = true }));
    }

    [Fact]
    public void AnUnknownKeyInAnyStageIsNamed()
    {
        foreach (var stage in (string[])["normalizer", "pre_tokenizer", "post_processor", "decoder", "model"])
        {
            Names($"'{stage}' has the key 'surprise'", json => json[stage]!["surprise"] = 1);
            Names($"'{stage}.type' is 'Surprise'", json => json[stage]!["type"] = "Surprise");
        }
        Names("'added_tokens[0]' has the key 'surprise'", json => json["added_tokens"]![0]!["surprise"] = true);
        Names("'truncation' has the key 'surprise'", json => json["truncation"] = new JsonObject { ["surprise"] = 1 });
    }

    [Fact]
    public void AWrongTypeIsNamedByItsPlace()
    {
        Names("'normalizer.lowercase'", json => json["normalizer"]!["lowercase"] = "yes");
        Names("'normalizer'", json => json["normalizer"] = 3);
        Names("'pre_tokenizer'", json => json["pre_tokenizer"] = new JsonArray());
        Names("'pre_tokenizer.type'", json => json["pre_tokenizer"]!["type"] = 3);
        Names("'decoder.prefix'", json => json["decoder"]!["prefix"] = 3);
        Names("'post_processor.single[0].SpecialToken.type_id'", json => json["post_processor"]!["single"]![0]!["SpecialToken"]!["type_id"] = -1);
        Names("'model.max_input_chars_per_word'", json => json["model"]!["max_input_chars_per_word"] = 1e99);
        Names("'model.vocab'", json => json["model"]!["vocab"] = new JsonArray("a"));
        Names("'added_tokens[0].special'", json => json["added_tokens"]![0]!["special"] = 1);
        Names("'model'", json => json["model"] = null);
    }

    [Fact]
    public void IdsThatContradictEachOtherAreNamed()
    {
        Names("'model.vocab.b' has the id 1, which 'a' has already", json => json["model"]!["vocab"]!["b"] = 1);
        Names("'added_tokens[0].id' is 1", json => json["added_tokens"]![0]!["id"] = 1);
        Names("'added_tokens[1].id' is 0, which another added token has already", json => json["added_tokens"]!.AsArray().Add(Added("x", 0)));
        Names("stands in the list already", json => json["added_tokens"]!.AsArray().Add(Added("[UNK]", 0)));
        Names("gets the next id there is, 3", json => json["added_tokens"]!.AsArray().Add(Added("x", 7)));
        Names("'post_processor' names '[UNK]' with the id 1", json => json["post_processor"]!["special_tokens"]!["[UNK]"]!["ids"] = new JsonArray(1));
        Names("which special_tokens does not have", json => json["post_processor"]!["special_tokens"] = new JsonObject());
        Names("second text", json => json["post_processor"]!["single"]![1]!["Sequence"]!["id"] = "B");
        Names("'padding' names", json => json["padding"] = JsonNode.Parse(
            """{"strategy":"BatchLongest","direction":"Right","pad_to_multiple_of":null,"pad_id":5,"pad_type_id":0,"pad_token":"[PAD]"}"""));
        Names("'model.unk_token' is 'nobody'", json => json["model"]!["unk_token"] = "nobody");

        static JsonObject Added(string content, int id) => new() { ["id"] = id, ["content"] = content, ["special"] = true };
    }

    [Fact]
    public void AnIdFarBeyondTheFileTakesNoMemory()
    {
        var before = GC.GetTotalAllocatedBytes();
        Names("2147483647", json => json["model"]!["vocab"]!["b"] = int.MaxValue);
        Names("1000000000", json => json["added_tokens"]![0]!["id"] = 1_000_000_000);
        Names("-5", json => json["model"]!["vocab"]!["b"] = -5);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 50_000_000);
    }

    [Fact]
    public void DeepNestingIsRefusedInEveryStage()
    {
        foreach (var (stage, members) in ((string, string)[])[("normalizer", "normalizers"), ("pre_tokenizer", "pretokenizers"), ("post_processor", "processors"), ("decoder", "decoders")])
        {
            var json = JsonNode.Parse(Bert)!;
            json[stage] = "here";
            var deep = string.Concat(Enumerable.Repeat($$"""{"type":"Sequence","{{members}}":[""", 100_000)) + string.Concat(Enumerable.Repeat("]}", 100_000));
            var error = RefusedText(json.ToJsonString().Replace("\"here\"", deep, StringComparison.Ordinal));
            Assert.Contains("maximum configured depth", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void LoneSurrogatesAreRefusedWhereverTheyStand()
    {
        foreach (var place in (string[])["\"a\":1", "\"prefix\":\"##\"", "\"[UNK]\":0", "\"type\":\"BertPreTokenizer\""])
        {
            var broken = Bert.Replace(place, place.Replace("a", "\\ud800", StringComparison.Ordinal).Replace("##", "\\udc00", StringComparison.Ordinal)
                .Replace("[UNK]", "\\udfff", StringComparison.Ordinal).Replace("BertPreTokenizer", "\\ud800x", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.NotEqual(Bert, broken);
            RefusedText(broken);
        }
    }

    [Fact]
    public void MergesThatGoInCirclesAreRefused()
    {
        static string Bpe(string vocab, string merges) =>
            $$$"""{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,"model":{"type":"BPE","vocab":{{{vocab}}},"merges":{{{merges}}}}}""";
        Assert.Contains("merge 0", RefusedText(Bpe("""{"a":0}""", """["a a"]""")).Message, StringComparison.Ordinal);
        Assert.Contains("twice", RefusedText(Bpe("""{"a":0,"aa":1}""", """["a a","a a"]""")).Message, StringComparison.Ordinal);
        Assert.Contains("merges[0]", RefusedText(Bpe("""{"a":0}""", """["a"]""")).Message, StringComparison.Ordinal);
        Assert.Contains("merges[0]", RefusedText(Bpe("""{"a":0}""", """[{}]""")).Message, StringComparison.Ordinal);
        Assert.Contains("''", RefusedText(Bpe("""{"a":0}""", """[["a",""]]""")).Message, StringComparison.Ordinal);
        Assert.Contains("dropout", RefusedText(Bpe("""{"a":0}""", """[],"dropout":0.1""")).Message, StringComparison.Ordinal);
        // With a prefix that goes when pieces merge, a merge could give back one of its parts for ever.
        Assert.Contains("nothing behind the prefix", RefusedText(Bpe("""{"a":0,"##":1}""", """[["a","##"]],"continuing_subword_prefix":"##" """)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PiecesThatArePrefixesOfEachOtherAreReadAndUsed()
    {
        using var folder = new TemporaryFolder();
        var vocab = new StringBuilder("\"[UNK]\":0");
        for (var length = 1; length <= 3000; length++) vocab.Append(CultureInfo.InvariantCulture, $",\"{new string('a', length)}\":{length}");
        var path = folder.File("tokenizer.json", Bert.Replace("\"[UNK]\":0,\"a\":1,\"##a\":2", vocab.ToString(), StringComparison.Ordinal));
        var ids = Tokenizer.Load(path).EncodeToIds(new string('a', 100) + " " + new string('a', 1_000_000));
        Assert.Equal([100, 0], ids);
    }

    [Fact]
    public void AWordOfAnyLengthIsCutInOneWalkAPiece()
    {
        using var folder = new TemporaryFolder();
        var json = JsonNode.Parse(Bert)!;
        json["model"]!["max_input_chars_per_word"] = int.MaxValue;
        for (var length = 1; length <= 3000; length++) json["model"]!["vocab"]!["##" + new string('a', length) + "b"] = length + 2;
        var tokenizer = Tokenizer.Load(folder.File("tokenizer.json", json.ToJsonString()));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var ids = tokenizer.EncodeToIds(new string('a', 153_000) + "b");
        Assert.Equal((150_001, 1, 2, 3002), (ids.Length, ids[0], ids[^2], ids[^1]));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}"); // every length looked up takes minutes
    }

    [Fact]
    public void APieceOfEightThousandBytesIsRefused()
    {
        Names("piece 3 of the vocabulary holds a text of 8000 bytes", json => json["model"]!["vocab"]![new string('a', 8000)] = 3);
        Names("'model.vocab[1][0]' holds a text of 8001 bytes", json => json["model"] = JsonNode.Parse(
            $$"""{"type":"Unigram","unk_id":0,"vocab":[["[UNK]",0],["{{new string('é', 4000)}}a",-1]]}"""));
    }

    [Fact]
    public void AnyByteChangedGivesATokenizerOrATypedError()
    {
        using var folder = new TemporaryFolder();
        var bytes = Encoding.UTF8.GetBytes(Bert);
        var random = new Random(5);
        for (var round = 0; round < 1500; round++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var i = 0; i <= round % 3; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var path = folder.File("tokenizer.json", damaged);
            try
            {
                _ = Tokenizer.Load(path).Encode("a b 中", new EncodeOptions { AddSpecial = true });
            }
            catch (TokenizerException error)
            {
                Assert.True(error.File is null || error.File == path);
            }
        }
    }
}
