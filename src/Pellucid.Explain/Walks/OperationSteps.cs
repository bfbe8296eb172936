using Pellucid.Explain.Languages;
using Pellucid.Explain.Traces;
using Pellucid.Models.Architectures;

namespace Pellucid.Explain.Walks;

/// <summary>The steps from the text to the probabilities: those before the model, and one for each operation.</summary>
internal sealed class OperationSteps(Trace trace)
{
    private readonly TransformerConfig config = trace.Header.Config;

    public IEnumerable<WalkStep> All()
    {
        bool isDecoding = false;
        foreach (var step in Source())
            yield return step;
        foreach (var op in trace.Ops)
        {
            if (!isDecoding && op.Output.StartsWith("decoder.", StringComparison.Ordinal))
            {
                isDecoding = true;
                foreach (var step in Target())
                    yield return step;
            }
            if (trace.Find(op.Output) is { } tensor)
                yield return LearningSteps.Of(op, tensor, Sizes()) ?? Of(op, tensor);
        }
    }

    private IEnumerable<WalkStep> Source()
    {
        var arguments = Sizes();
        arguments["vocabulary"] = config.SourceVocabularySize ?? config.VocabularySize;
        arguments["characters"] = trace.Header.Text.EnumerateRunes().Count();
        foreach (var (name, formula) in new[] { ("text", (string?)null), ("tokens", null), ("ids", null), ("one_hot", "one_hot") })
            if (name != "text" || trace.Header.Text.Length > 0)
                yield return new($"source.{name}", "source", formula, $"steps.source.{name}", "places.source", arguments) { Rows = "source" };
    }

    private IEnumerable<WalkStep> Target()
    {
        foreach (string name in new[] { "tokens", "ids" })
            yield return new($"target.{name}", "target", null, $"steps.target.{name}", "places.target", Sizes()) { Rows = "target" };
    }

    private WalkStep Of(TraceOp op, TraceTensor tensor)
    {
        // What int8 makes of an input stands beside its linear map: encoder.0.self_attention.query.quantized.
        string owner = op.Kind is OpKinds.QuantizationScale or OpKinds.Quantize ? TraceNames.Place(op.Output) : op.Output;
        string section = TraceNames.Place(owner), role = op.Output[(section.Length + 1)..];
        string[] parts = section.Split('.');
        int? layer = parts.Length > 1 && int.TryParse(parts[1], out int number) ? number : null;
        string place = layer is null ? section : $"{parts[0]}.{string.Join('.', parts[2..])}";
        var arguments = Sizes();
        arguments["layer"] = layer ?? 0;
        arguments["kind"] = op.Kind;
        arguments["activation"] = new Phrase($"activations.{(op.Kind is OpKinds.Gelu or OpKinds.GeluTanh or OpKinds.Silu ? op.Kind : OpKinds.Relu)}");
        arguments["scale"] = op.Numbers.GetValueOrDefault("scale");
        if (tensor.Shape.Length > 1)
            (arguments["queries"], arguments["keys"]) = (tensor.Shape[^2], tensor.Shape[^1]);
        var (rows, columns) = MatrixView.AxesOf(tensor);
        return new(op.Output, section, Formula(op, place, role), TextKey(op, place, role), PlaceKey(place), arguments)
        {
            Tensor = op.Output,
            Rows = rows is { } r ? AxisNames.Of(tensor, r) : "one",
            Columns = columns is { } c ? AxisNames.Of(tensor, c) : "one",
            Shapes = AxisNames.Shape(tensor),
            Layer = layer,
        };
    }

    private Dictionary<string, object> Sizes() => new(StringComparer.Ordinal)
    {
        ["width"] = config.Width, ["heads"] = config.Heads, ["head_width"] = config.HeadWidth, ["hidden_width"] = config.HiddenWidth, ["vocabulary"] = config.VocabularySize,
        ["source"] = trace.Header.Source.Count, ["target"] = trace.Header.Target.Count,
    };

    // The most special text that there is: of the kind of place, of all attentions or norms, of the operation.
    private static string TextKey(TraceOp op, string place, string role)
    {
        string sublayer = place[(place.IndexOf('.') + 1)..];
        string family = sublayer.EndsWith("_attention", StringComparison.Ordinal) ? "attention" : sublayer.EndsWith("norm", StringComparison.Ordinal) ? "norm" : sublayer;
        if (family == "embedding" && role == "positions" && op.Kind == OpKinds.Lookup)
            role = "positions_learned";
        string special = place == "decoder.self_attention" ? "decoder_attention" : sublayer == "cross_attention" ? "cross_attention" : family;
        return new[] { $"steps.{special}.{role}", $"steps.{family}.{role}", $"steps.kinds.{op.Kind}" }.FirstOrDefault(key => Language.English.Has(key + ".title")) ?? "steps.kinds.other";
    }

    private static string PlaceKey(string place) => Language.English.Has("places." + place) ? "places." + place : "places.output";

    private static string Formula(TraceOp op, string place, string role) => (op.Kind, role) switch
    {
        (OpKinds.Scale, "scaled") => place.EndsWith(".embedding", StringComparison.Ordinal) ? "embedding_scaled" : "scaled",
        (OpKinds.Add, "residual") => "residual",
        (OpKinds.Add, "sum") => "embedding_sum",
        (OpKinds.Linear or OpKinds.LinearQuantized, "query" or "key" or "value") => role,
        (OpKinds.Linear or OpKinds.LinearQuantized, "logits") => "logits",
        (OpKinds.Linear or OpKinds.LinearQuantized, "output") when place.EndsWith("_attention", StringComparison.Ordinal) => "attention_output",
        (OpKinds.LinearQuantized, _) => OpKinds.Linear,
        _ => op.Kind,
    };
}
