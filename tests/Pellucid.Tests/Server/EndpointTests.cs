using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pellucid.Explain.Tours;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Server;

/// <summary>The shapes of the answers; docs/server.md describes them.</summary>
public sealed class EndpointTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task TranslateGivesWhatTheLibraryGives()
    {
        var answer = await running.PostAsync("api/translate", """{"text":"I am hungry.","n_best":2}""");
        Assert.Equal(SmallModel.Translator.Translate("I am hungry.").Text, answer.GetProperty("translation").GetString());
        Assert.Equal(2, answer.GetProperty("translations").GetArrayLength());
        Assert.True(answer.GetProperty("translations")[0].GetProperty("score").GetDouble() >= answer.GetProperty("translations")[1].GetProperty("score").GetDouble());
    }

    [Fact]
    public async Task WeightsComeBitForBit()
    {
        const string key = "decoder.layers.1.cross_attention.query.weight";
        var parameter = SmallModel.Translator.Model.Transformer.Parameters().First(entry => entry.Name == key).Parameter;
        using var response = await running.Client.GetAsync("api/weights/" + key);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(("16,16", "application/octet-stream"), (response.Headers.GetValues("X-Shape").Single(), response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(parameter.ToArray(), MemoryMarshal.Cast<byte, float>(bytes).ToArray());
        Assert.Contains("did you mean", await running.RefusedAsync(HttpStatusCode.NotFound, "api/weights/decoder.layers.1.cross_attention.query.weigth"));
    }

    [Fact]
    public async Task TheModelIsDescribed()
    {
        var answer = await running.GetAsync("api/model");
        Assert.Equal(16, answer.GetProperty("model").GetProperty("width").GetInt32());
        Assert.Equal(SmallModel.Translator.Model.Transformer.ParameterCount(), answer.GetProperty("parameters").GetInt64());
        Assert.Contains(answer.GetProperty("weights").EnumerateArray(), weight => weight.GetProperty("name").GetString() == "encoder.norm.bias");
    }

    [Fact]
    public async Task ThePositionLaboratoryAnswers()
    {
        var answer = await running.GetAsync("api/laboratory/positions?length=10&width=8&offset=2");
        Assert.Equal(["unique", "bounded", "same_distance", "shift"], answer.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()));
        var table = Tensor(answer, "table");
        Assert.Equal((80, MathF.Sin(3)), (table.Length, table[3 * 8]));
        Assert.Contains("kind", await running.RefusedAsync(HttpStatusCode.BadRequest, "api/laboratory/positions?kind=none"));
        Assert.Equal("laboratory", (await running.GetAsync("api/laboratory/positions?kind=learned&length=8&width=8")).GetProperty("origin").GetString());
        Assert.Contains("'length'", await running.RefusedAsync(HttpStatusCode.BadRequest, "api/laboratory/positions?length=100000"));
        Assert.Contains("there is no 'lenght'", await running.RefusedAsync(HttpStatusCode.BadRequest, "api/laboratory/positions?lenght=10"));
        Assert.Contains("odd", await running.RefusedAsync(HttpStatusCode.UnprocessableEntity, "api/laboratory/positions?width=7"));
    }

    [Fact]
    public async Task TheMaskWorkbenchAnswers()
    {
        var answer = await running.PostAsync(
            "api/laboratory/mask", """{"texts":["I am hungry.","Thank you, that is very kind of you."],"kind":"combined","cells":[{"sentence":0,"query":0,"key":0,"visible":false}]}""");
        Assert.Equal(0, answer.GetProperty("empty_rows")[0][1].GetInt32());
        Assert.Equal(float.NegativeInfinity, Tensor(answer, "masked")[0]);
        Assert.Contains("'cells[0].sentence'", await running.RefusedAsync(HttpStatusCode.BadRequest, "api/laboratory/mask", """{"texts":["a"],"cells":[{"sentence":-1,"query":0,"key":0,"visible":true}]}"""));
        Assert.Contains("outside", await running.RefusedAsync(HttpStatusCode.UnprocessableEntity, "api/laboratory/mask", """{"texts":["I am"],"cells":[{"sentence":3,"query":0,"key":0,"visible":true}]}"""));
    }

    [Fact]
    public async Task EveryTourIsServed()
    {
        var list = await running.GetAsync("api/tours");
        Assert.Equal(Tour.Names, list.GetProperty("tours").EnumerateArray().Select(tour => tour.GetProperty("name").GetString()));
        foreach (string name in Tour.Names)
        {
            var tour = await running.GetAsync("api/tours/" + name);
            Assert.Equal(Tour.Find(name)!.Steps.Count, tour.GetProperty("steps").GetArrayLength());
        }
        Assert.Contains("there is no tour", await running.RefusedAsync(HttpStatusCode.NotFound, "api/tours/none"));
    }

    [Fact]
    public async Task TheCalculatorCountsPresetsAndAnyNumbers()
    {
        var bert = await running.GetAsync("api/calculator?preset=bert-base");
        Assert.Equal(109_482_240, bert.GetProperty("parameters").GetInt64());
        Assert.Equal(110e6, bert.GetProperty("published").GetProperty("parameters").GetDouble());
        var wider = await running.GetAsync("api/calculator?preset=base&width=1024&heads=16");
        Assert.Equal(JsonValueKind.Null, wider.GetProperty("name").ValueKind);
        Assert.Equal(SmallModel.Translator.Model.Transformer.ParameterCount(), (await running.GetAsync("api/calculator")).GetProperty("parameters").GetInt64());
        Assert.Equal(7, (await running.GetAsync("api/calculator/presets")).GetProperty("presets").GetArrayLength());
        Assert.Contains("heads", await running.RefusedAsync(HttpStatusCode.UnprocessableEntity, "api/calculator?preset=base&heads=7"));
        Assert.Contains("no preset", await running.RefusedAsync(HttpStatusCode.NotFound, "api/calculator?preset=huge"));
    }

    /// <summary>The values of one of an answer's tensors.</summary>
    internal static float[] Tensor(JsonElement answer, string name)
    {
        var tensor = answer.GetProperty("tensors").EnumerateArray().First(entry => entry.GetProperty("name").GetString() == name);
        return MemoryMarshal.Cast<byte, float>(tensor.GetProperty("data").GetBytesFromBase64()).ToArray();
    }
}
