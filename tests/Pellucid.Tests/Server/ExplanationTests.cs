using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pellucid.Explain;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Server;

/// <summary>An explanation from the question to its last number.</summary>
public sealed class ExplanationTests(Running running) : IClassFixture<Running>
{
    private const string Question = """{"text":"I am hungry."}""";

    [Fact]
    public async Task ADocumentHasEverythingButTheValues()
    {
        var document = await running.PostAsync("api/explanations", Question);
        var expected = SentenceExplanation.Of(SmallModel.Translator.Model, "I am hungry.").Single();
        Assert.Equal((1, "translation", "I am hungry."), (document.GetProperty("version").GetInt32(), document.GetProperty("kind").GetString(), document.GetProperty("text").GetString()));
        Assert.Equal(SmallModel.Translator.Translate("I am hungry.").Text, document.GetProperty("translation").GetString());
        Assert.Equal(expected.Trace.Tensors.Select(tensor => tensor.Name), document.GetProperty("tensors").EnumerateArray().Select(tensor => tensor.GetProperty("name").GetString()));
        Assert.Equal(expected.Trace.Ops.Count, document.GetProperty("ops").GetArrayLength());
        Assert.Equal(expected.Walk.Steps.Count, document.GetProperty("steps").GetArrayLength());
        Assert.Equal(expected.Search.Nodes.Count, document.GetProperty("search").GetProperty("nodes").GetArrayLength());
        Assert.Equal(expected.Trace.Header.Source.Select(token => token.Id), document.GetProperty("source").EnumerateArray().Select(token => token.GetProperty("id").GetInt32()));
        Assert.Equal(JsonValueKind.Null, document.GetProperty("verification").ValueKind);
        Assert.DoesNotContain(document.GetProperty("tensors").EnumerateArray(), tensor => tensor.TryGetProperty("data", out _));
        foreach (var op in document.GetProperty("ops").EnumerateArray())
            Assert.True(document.GetProperty("rules").TryGetProperty(op.GetProperty("kind").GetString()!, out _));
        string id = document.GetProperty("id").GetString()!;
        Assert.Equal(document.GetRawText(), (await running.GetAsync("api/explanations/" + id)).GetRawText());
    }

    [Fact]
    public async Task TheLikeliestTokensOfEveryStepAreSpelledOut()
    {
        var pieces = (await running.PostAsync("api/explanations", Question)).GetProperty("pieces");
        var model = SmallModel.Translator.Model;
        var values = SentenceExplanation.Of(model, "I am hungry.").Single().Trace.Find("output.log_probabilities")!;
        foreach (float[] row in values.Values!.Chunk(values.Shape[^1]))
            foreach (int id in Enumerable.Range(0, row.Length).OrderByDescending(id => row[id]).Take(10))
                Assert.Equal(model.Tokenizer.Vocabulary[id], pieces.GetProperty(id.ToString(System.Globalization.CultureInfo.InvariantCulture)).GetString());
        Assert.True(pieces.EnumerateObject().Count() < model.Tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("encoder.0.self_attention.masked")]
    [InlineData("output.log_probabilities")]
    [InlineData("encoder.layers.0.self_attention.query.weight")]
    public async Task TensorsComeBitForBit(string name)
    {
        string id = await Id();
        using var response = await running.Client.GetAsync($"api/explanations/{id}/tensors/{name}");
        var expected = SentenceExplanation.Of(SmallModel.Translator.Model, "I am hungry.").Single().Trace.Find(name)!;
        Assert.Equal(string.Join(',', expected.Shape), response.Headers.GetValues("X-Shape").Single());
        Assert.Equal(MemoryMarshal.AsBytes<float>(expected.Values).ToArray(), await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task WhatIsNotThereIsNamed()
    {
        string id = await Id();
        Assert.Contains("did you mean 'output.logits'", await running.RefusedAsync(HttpStatusCode.NotFound, $"api/explanations/{id}/tensors/output.logit"));
        Assert.Contains("no explanation of this name", await running.RefusedAsync(HttpStatusCode.NotFound, "api/explanations/0123456789abcdef"));
        Assert.Contains("nothing to translate", await running.RefusedAsync(HttpStatusCode.UnprocessableEntity, "api/explanations", """{"text":"  \n "}"""));
        Assert.Contains("it has 1, counted from 0", await running.RefusedAsync(HttpStatusCode.UnprocessableEntity, "api/explanations", """{"text":"I am.","sentence":1}"""));
        Assert.Contains("either 'text' or", await running.RefusedAsync(HttpStatusCode.BadRequest, "api/explanations", """{"text":"I am.","source_ids":[4],"target_ids":[]}"""));
        Assert.Contains("'source_ids[1]'", await running.RefusedAsync(HttpStatusCode.BadRequest, "api/explanations", """{"source_ids":[4,999999],"target_ids":[]}"""));
        Assert.Contains("this model takes 1 to 40", await running.RefusedAsync(
            HttpStatusCode.UnprocessableEntity, "api/explanations", $$"""{"source_ids":[{{string.Join(',', Enumerable.Repeat(5, 500))}}],"target_ids":[]}"""));
    }

    [Fact]
    public async Task TheSentencesOfATextAreExplainedOneByOne()
    {
        var document = await running.PostAsync("api/explanations", """{"text":"I am hungry. Where is the library?","sentence":1}""");
        Assert.Equal(["I am hungry.", "Where is the library?"], document.GetProperty("sentences").EnumerateArray().Select(sentence => sentence.GetString()));
        Assert.Equal((1, "Where is the library?"), (document.GetProperty("sentence").GetInt32(), document.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task ANodeOfTheSearchIsExplainedByItsTokens()
    {
        var document = await running.PostAsync("api/explanations", Question);
        int[] source = [.. document.GetProperty("source").EnumerateArray().Select(token => token.GetProperty("id").GetInt32())];
        var node = await running.PostAsync("api/explanations", $$"""{"source_ids":[{{string.Join(',', source)}}],"target_ids":[7,9]}""");
        Assert.Equal([1, 7, 9], node.GetProperty("target").EnumerateArray().Select(token => token.GetProperty("id").GetInt32()));
        Assert.Equal(JsonValueKind.Null, node.GetProperty("search").ValueKind);
        Assert.Equal("I am hungry.", node.GetProperty("text").GetString());
    }

    [Fact]
    public async Task VerifyingIsRememberedByTheDocument()
    {
        string id = await Id();
        var report = await running.PostAsync($"api/explanations/{id}/verify", "{}");
        Assert.True(report.GetProperty("ok").GetBoolean());
        Assert.InRange(report.GetProperty("max_relative_error").GetDouble(), 1e-12, 1e-5);
        Assert.Equal(report.GetRawText(), (await running.GetAsync("api/explanations/" + id)).GetProperty("verification").GetRawText());
    }

    [Fact]
    public async Task AnEditGivesANewDocumentBesideItsBaseline()
    {
        string id = await Id();
        var edited = await running.PostAsync($"api/explanations/{id}/edits", """
            {"edits":[{"kind":"weight","name":"embedding.weight","index":[5,0],"value":3},{"kind":"head","place":"encoder.0.self_attention","head":1},
            {"kind":"mask","place":"decoder.0.self_attention","index":[0,1],"visible":true}]}
            """);
        Assert.Equal((id, 3), (edited.GetProperty("baseline").GetString(), edited.GetProperty("edits").GetArrayLength()));
        var changes = edited.GetProperty("changes").EnumerateArray().ToDictionary(change => change.GetProperty("name").GetString()!);
        Assert.Equal(0, changes["encoder.0.self_attention.weights"].GetProperty("changed").GetInt32());
        Assert.NotEqual(0, changes["output.logits"].GetProperty("changed").GetInt32());
        Assert.Equal(JsonValueKind.Null, changes["decoder.0.self_attention.masked"].GetProperty("largest").ValueKind); // from minus infinity
        // The baseline is as it was, and the edited one can be edited further.
        Assert.Equal((await Document(id)).GetProperty("tensors").GetRawText(), (await running.PostAsync("api/explanations", Question)).GetProperty("tensors").GetRawText());
        var further = await running.PostAsync($"api/explanations/{edited.GetProperty("id").GetString()}/edits", """{"edits":[{"kind":"head","place":"encoder.0.self_attention","head":0}]}""");
        Assert.Equal(edited.GetProperty("id").GetString(), further.GetProperty("baseline").GetString());
    }

    [Theory]
    [InlineData("""{"edits":[]}""", HttpStatusCode.BadRequest, "nothing to change")]
    [InlineData("""{"edits":[{"kind":"heed"}]}""", HttpStatusCode.BadRequest, "weight, head or mask")]
    [InlineData("""{"edits":[{"kind":"weight","name":"none","index":[0],"value":1}]}""", HttpStatusCode.UnprocessableEntity, "no weight 'none'")]
    [InlineData("""{"edits":[{"kind":"weight","name":"embedding.weight","index":[0,99],"value":1}]}""", HttpStatusCode.UnprocessableEntity, "outside")]
    [InlineData("""{"edits":[{"kind":"weight","name":"embedding.weight","index":[0,0],"value":1e40}]}""", HttpStatusCode.BadRequest, "'edits[0].value'")]
    [InlineData("""{"edits":[{"kind":"head","place":"encoder.9.self_attention","head":0}]}""", HttpStatusCode.UnprocessableEntity, "no attention of this model")]
    [InlineData("""{"edits":[{"kind":"mask","place":"encoder.0.self_attention","index":[0],"visible":true}]}""", HttpStatusCode.BadRequest, "[query, key]")]
    public async Task EditsThatDoNotFitAreNamed(string body, HttpStatusCode status, string message) =>
        Assert.Contains(message, await running.RefusedAsync(status, $"api/explanations/{await Id()}/edits", body));

    [Fact]
    public async Task AnEditWithWhichNumbersOverflowIsRefusedInWords()
    {
        var document = await running.PostAsync("api/explanations", Question);
        int answer = document.GetProperty("answer")[0].GetProperty("id").GetInt32();
        string body = $$"""{"edits":[{"kind":"weight","name":"decoder.norm.bias","index":[0],"value":3e38},{"kind":"weight","name":"embedding.weight","index":[{{answer}},0],"value":-1}]}""";
        Assert.Contains("overflow", await running.RefusedAsync(HttpStatusCode.UnprocessableEntity, $"api/explanations/{document.GetProperty("id").GetString()}/edits", body));
    }

    [Fact]
    public async Task EveryWordIsHiddenInTurn()
    {
        string id = await Id();
        var answer = await running.PostAsync($"api/explanations/{id}/occlusions", """{"translations":true}""");
        int target = answer.GetProperty("answer").GetArrayLength();
        var occlusions = answer.GetProperty("occlusions").EnumerateArray().ToList();
        Assert.Equal((await Document(id)).GetProperty("source").GetArrayLength(), occlusions.Sum(occlusion => occlusion.GetProperty("positions").GetArrayLength()));
        Assert.All(occlusions, occlusion =>
        {
            Assert.Equal(target, occlusion.GetProperty("changes").GetArrayLength());
            Assert.Equal(occlusion.GetProperty("total_change").GetDouble(), occlusion.GetProperty("changes").EnumerateArray().Sum(change => change.GetDouble()), 9);
            Assert.Equal(JsonValueKind.String, occlusion.GetProperty("translation").ValueKind);
        });
    }

    [Fact]
    public async Task AStepOfTrainingIsADocumentToo()
    {
        var step = await running.PostAsync("api/learning", """{"source":"I am hungry.","target":"Tengo hambre.","learning_rate":0.002}""");
        Assert.Equal(("training_step", 0.002), (step.GetProperty("kind").GetString(), step.GetProperty("learning").GetProperty("learning_rate").GetDouble()));
        Assert.True(step.GetProperty("learning").GetProperty("loss_after").GetDouble() < step.GetProperty("learning").GetProperty("loss").GetDouble());
        Assert.Contains(step.GetProperty("tensors").EnumerateArray(), tensor => tensor.GetProperty("name").GetString() == "gradient:output.logits");
        foreach (var op in step.GetProperty("ops").EnumerateArray())
            Assert.True(step.GetProperty("rules").TryGetProperty(op.GetProperty("kind").GetString()!, out _));
        string name = Uri.EscapeDataString("gradient:encoder.layers.0.self_attention.query.weight");
        using var response = await running.Client.GetAsync($"api/explanations/{step.GetProperty("id").GetString()}/tensors/{name}");
        Assert.Equal("16,16", response.Headers.GetValues("X-Shape").Single());
        Assert.Contains("the target is empty", await running.RefusedAsync(HttpStatusCode.UnprocessableEntity, "api/learning", """{"source":"I am.","target":" "}"""));
    }

    private async Task<string> Id() => (await running.PostAsync("api/explanations", Question)).GetProperty("id").GetString()!;

    private Task<JsonElement> Document(string id) => running.GetAsync("api/explanations/" + id);
}
