using Pellucid.Explain.Languages;
using Pellucid.Explain.Learning;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Walks;

/// <summary>The steps of a training step beyond its forward pass: the loss, the way back place by place, the optimizer.</summary>
internal static class LearningSteps
{
    /// <summary>The step of one operation; null when it belongs to the forward pass.</summary>
    internal static WalkStep? Of(TraceOp op, TraceTensor tensor, Dictionary<string, object> arguments)
    {
        int colon = op.Output.IndexOf(':');
        if (colon < 0 && TraceNames.Place(op.Output) != "loss")
            return null;
        string target = colon < 0 ? op.Output : op.Output[(colon + 1)..].Split('@')[0];
        bool goesBack = op.Output.StartsWith("gradient:", StringComparison.Ordinal) && target != "loss.mean";
        string place = TraceNames.Place(TraceNames.OfPath(target));
        // The weights of a sublayer's maps stand with its tensors: encoder.0.self_attention.query.weight in encoder.0.self_attention.
        if (TraceNames.Role(target) is "weight" or "bias" && TraceNames.Role(place) is "query" or "key" or "value" or "output" or "hidden" && TraceNames.Place(place).Length > 0)
            place = TraceNames.Place(place);
        (arguments["kind"], arguments["tensor"], arguments["of"]) = (op.Kind, target, place);
        foreach (string number in new[] { "scale", "rate", "step", "beta" })
            arguments[number] = op.Numbers.GetValueOrDefault(number);
        arguments["moment"] = op.Output.StartsWith("second", StringComparison.Ordinal) ? "v̂" : "m̂";
        string section = goesBack ? "backward." + place : colon < 0 || target == "loss.mean" ? "loss" : "optimizer";
        string key = $"steps.kinds.{op.Kind}";
        var (rows, columns) = MatrixView.AxesOf(tensor);
        return new(op.Output, section, op.Kind, Language.English.Has(key + ".title") ? key : "steps.kinds.other", "places." + section.Split('.')[0], arguments)
        {
            Tensor = op.Output,
            Rows = rows is { } r ? AxisNames.Of(tensor, r) : "one",
            Columns = columns is { } c ? AxisNames.Of(tensor, c) : "one",
            Shapes = AxisNames.Shape(tensor),
        };
    }
}
