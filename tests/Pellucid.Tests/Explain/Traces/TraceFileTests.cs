using System.Text.Json.Nodes;
using Pellucid.Explain.Traces;
using Pellucid.Models.Checkpoints;
using Pellucid.Tests.Models.Checkpoints;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Explain.Traces;

public sealed class TraceFileTests : IDisposable
{
    private const string Hostile = "<script>alert(1)</script> \u202Eright to left\u202C \U0001F600 \"quoted\" \\ \u0001";

    private readonly TemporaryFolder folder = new();

    private static readonly Trace Trace = Tracer.Trace(SmallModel.New(), new Translator(SmallModel.New()).Translate("I am hungry."));

    [Fact]
    public void ATraceComesBackAsItWasWritten()
    {
        var read = Again(Trace);
        Assert.Null(TraceDiff.Of(Trace, read).Difference);
        Assert.Equal(Trace.Tensors.Count, TraceDiff.Of(Trace, read).Compared);
        Assert.Equal(Trace.Tensors.Select(tensor => (tensor.Name, tensor.Axes, tensor.Origin)), read.Tensors.Select(tensor => (tensor.Name, tensor.Axes, tensor.Origin)));
        Assert.Equal(Trace.Header with { Source = [], Target = [], Answer = [], LogProbabilities = [] }, read.Header with { Source = [], Target = [], Answer = [], LogProbabilities = [] });
        Assert.Equal(Trace.Header.Source, read.Header.Source);
        Assert.Equal(Trace.Header.Target, read.Header.Target);
        Assert.Equal(Trace.Header.Answer, read.Header.Answer);
        Assert.Equal(Trace.Header.LogProbabilities, read.Header.LogProbabilities);
    }

    [Fact]
    public void EqualTracesGiveEqualFiles()
    {
        TraceFile.Write(Trace, folder.File("a"));
        TraceFile.Write(Again(Trace), folder.File("b"));
        Assert.Equal(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b")));
    }

    [Fact]
    public void WhatWasNotCapturedComesBackWithoutValues()
    {
        var read = Again(Tracer.Trace(SmallModel.New(), "I am hungry.", [21], TracePattern.Parse("encoder.*.masked")));
        Assert.Equal(["encoder.0.self_attention.masked"], read.Tensors.Where(tensor => tensor.Values is not null).Select(tensor => tensor.Name));
    }

    [Fact]
    public void HostileTextIsOnlyText()
    {
        string longest = string.Concat(Enumerable.Repeat(Hostile, 300));
        var token = new TraceToken(5, Hostile, 0, 3);
        var read = Again(Trace with { Header = Trace.Header with { Text = longest, Source = [token, .. Trace.Header.Source.Skip(1)] } });
        Assert.Equal((longest, token), (read.Header.Text, read.Header.Source[0]));
    }

    [Theory, InlineData(0.1), InlineData(0.5), InlineData(0.9), InlineData(0.999)]
    public void AnyFlippedBitOfAnyNumberIsFoundAndItsTensorNamed(double where)
    {
        TraceFile.Write(Trace, folder.File("trace"));
        byte[] bytes = File.ReadAllBytes(folder.File("trace"));
        using (var file = SafetensorsFile.Open(folder.File("trace"), checkFinite: false))
        {
            long start = file.Entries[0].Offset, at = start + (long)((bytes.Length - start) * where);
            bytes[at] ^= 1; // the lowest bit of a byte: as a number it may be next to nothing
            File.WriteAllBytes(folder.File("flipped"), bytes);
            string name = file.Entries.Last(entry => entry.Offset <= at).Name;
            Assert.Equal(name, Assert.Throws<CheckpointException>(() => TraceFile.Read(folder.File("flipped"))).Tensor);
        }
    }

    [Fact]
    public void AnotherVersionIsRefused() => Assert.Contains("version '2'", Refused(metadata => metadata["version"] = "2").Message);

    [Fact]
    public void AFileThatIsNoTraceIsRefused() => Assert.Contains("no trace", Refused(metadata => metadata.Remove("format")).Message);

    [Theory, InlineData("graph"), InlineData("tensors"), InlineData("tokens"), InlineData("config"), InlineData("precision"), InlineData("kind")]
    public void AMissingOrMalformedPartIsNamed(string key)
    {
        if (key != "kind")
            Assert.Contains($"'{key}'", Refused(metadata => metadata.Remove(key)).Message);
        foreach (string text in (string[])["", "[", "{}", "[[[[[[[[[[[[]]]]]]]]]]]]", "[1]", "null", "{\"a\":1,\"a\":2}", "\"\\ud800\""])
            Refused(metadata => metadata[key] = text);
    }

    [Fact]
    public void AMissingTensorIsNamed()
    {
        var error = Refused(_ => { }, tensors => tensors.RemoveAll(tensor => tensor.Name == "output.logits"));
        Assert.Equal("output.logits", error.Tensor);
    }

    [Fact]
    public void ATensorThatTheGraphDoesNotListIsNamed() =>
        Assert.Equal("stray", Refused(_ => { }, tensors => tensors.Add(new NamedValues("stray", [2], new float[2]))).Tensor);

    [Fact]
    public void ATensorOfAnotherShapeIsNamed()
    {
        var error = Refused(_ => { }, tensors => tensors[^1] = tensors[^1] with { Shape = [1, 1, .. tensors[^1].Shape] });
        Assert.Equal("output.probabilities", error.Tensor);
    }

    [Theory]
    [InlineData("[2147483647,2147483647]", "absurd")]
    [InlineData("[-1,3]", "absurd")]
    [InlineData("[0,3]", "absurd")]
    [InlineData("[3]", "axes")]
    [InlineData("[3.5,1]", "whole number")]
    [InlineData("[99999999999,1]", "whole number")]
    public void AnAbsurdSizeIsRefusedBeforeMemoryIsTaken(string shape, string cause)
    {
        var error = Refused(metadata => metadata["tensors"] = Changed(metadata["tensors"], list => list[0]!["shape"] = JsonNode.Parse(shape)));
        Assert.Contains(cause, error.Message);
    }

    public static TheoryData<string, string> Graphs => new()
    {
        { "an unknown operation", "this build knows no such operation" },
        { "an input that comes later", "which no operation before it computed" },
        { "an output that is not listed", "not listed as computed" },
        { "one output twice", "two operations compute it" },
        { "an operation left out", "no operation" },
        { "a role too few", "its inputs are" },
        { "another tensor in a role", "does not fit" },
        { "an id outside the table", "does not fit" },
        { "an id too few", "one id for each row" },
        { "a short mask", "bytes" },
        { "no mask", "one bit for each query" },
        { "a number missing", "it has no scale" },
        { "a layout of positions that there is not", "its numbers do not fit" },
        { "a start between two positions", "its numbers do not fit" },
    };

    [Theory, MemberData(nameof(Graphs))]
    public void AMalformedGraphIsRefused(string what, string cause)
    {
        var error = Refused(metadata => metadata["graph"] = Changed(metadata["graph"], graph =>
        {
            JsonNode Op(string kind) => graph.First(op => (string)op!["kind"]! == kind)!;
            switch (what)
            {
                case "an unknown operation": graph[3]!["kind"] = "rm -rf"; break;
                case "an input that comes later": Op("scale")["inputs"]!["x"] = "output.logits"; break;
                case "an output that is not listed": graph[2]!["output"] = "elsewhere"; break;
                case "one output twice": graph.Insert(2, graph[1]!.DeepClone()); break;
                case "an operation left out": graph.RemoveAt(graph.Count - 1); break;
                case "a role too few": Op("add")["inputs"]!.AsObject().Remove("b"); break;
                case "another tensor in a role": Op("linear")["inputs"]!["weight"] = "embedding.weight"; break;
                case "an id outside the table": graph[0]!["ids"]![0] = 330_000; break;
                case "an id too few": graph[0]!["ids"]!.AsArray().RemoveAt(0); break;
                case "a short mask": Op("mask")["visible"] = "AA=="; break;
                case "no mask": Op("mask").AsObject().Remove("visible"); break;
                case "a number missing": Op("scale")["numbers"] = new JsonObject(); break;
                case "a layout of positions that there is not": Op("positions")["numbers"]!["layout"] = 7; break;
                case "a start between two positions": Op("positions")["numbers"]!["start"] = 1.5; break;
                default: throw new ArgumentOutOfRangeException(nameof(what), what, "no such case");
            }
        }));
        Assert.Contains(cause, error.Message);
    }

    [Theory, InlineData("source", 3, 999), InlineData("answer", 2, -1), InlineData("target", 3, -5)]
    public void ATokenOutsideItsTextIsRefused(string side, int part, int value) => Assert.Contains("a token stands at", Refused(metadata =>
    {
        var tokens = JsonNode.Parse(metadata["tokens"])!;
        tokens[side]![0]![part] = value;
        metadata["tokens"] = tokens.ToJsonString();
    }).Message);

    [Theory, InlineData("source", -1), InlineData("answer", 330), InlineData("target", int.MaxValue)]
    public void ATokenOutsideTheVocabularyIsRefused(string side, int id) => Assert.Contains("outside the vocabulary", Refused(metadata =>
    {
        var tokens = JsonNode.Parse(metadata["tokens"])!;
        tokens[side]![0]![0] = id;
        metadata["tokens"] = tokens.ToJsonString();
    }).Message);

    [Fact]
    public void AMissingFileIsATypedError() => Assert.Throws<CheckpointException>(() => TraceFile.Read(folder.File("nowhere")));

    public void Dispose() => folder.Dispose();

    private Trace Again(Trace trace)
    {
        TraceFile.Write(trace, folder.File("again"));
        return TraceFile.Read(folder.File("again"));
    }

    /// <summary>What reading says to a file that was changed after it was written.</summary>
    private CheckpointException Refused(Action<Dictionary<string, string>> change, Action<List<NamedValues>>? tensors = null)
    {
        TraceFile.Write(Trace, folder.File("good"));
        using (var file = SafetensorsFile.Open(folder.File("good"), checkFinite: false))
        {
            var metadata = file.Metadata.ToDictionary();
            var values = file.Entries.Select(entry => new NamedValues(entry.Name, entry.Shape, file.ReadFloats(entry.Name))).ToList();
            change(metadata);
            tensors?.Invoke(values);
            SafetensorsWriter.Write(folder.File("changed"), values, metadata: metadata);
        }
        return Assert.Throws<CheckpointException>(() => TraceFile.Read(folder.File("changed")));
    }

    private static string Changed(string json, Action<JsonArray> change)
    {
        var list = JsonNode.Parse(json)!.AsArray();
        change(list);
        return list.ToJsonString();
    }
}
