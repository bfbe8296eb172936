using Pellucid.Models.Checkpoints;

namespace Pellucid.Explain.Traces;

/// <summary>Whether the sentences that a file lists are those of its tensors, and whether what was drawn can have been.</summary>
internal static class BatchCheck
{
    /// <exception cref="CheckpointException">They are not; the message names the tensor.</exception>
    internal static void Throw(Trace trace, string path)
    {
        var header = trace.Header;
        if (header.Rows.Count > 0)
            Rows(trace, path);
        foreach (var tensor in trace.Tensors)
            if (tensor is { Origin: TensorOrigin.Drawn, Values: { } values } && Array.Exists(values, value => value is not (0 or 1)))
                throw GraphCheck.Broken(path, tensor.Name, "what dropout keeps is 1 or 0");
        foreach (var op in trace.Ops)
            foreach (var input in op.Inputs)
                if (input.Role == "kept" != trace.Find(input.Tensor) is { Origin: TensorOrigin.Drawn })
                    throw GraphCheck.Broken(path, op.Output, $"'{input.Tensor}' cannot stand in the role '{input.Role}'");
    }

    private static void Rows(Trace trace, string path)
    {
        var (header, first) = (trace.Header, trace.Header.Rows[0]);
        if (header.Rows.Count == 1 || !first.Source.SequenceEqual(header.Source) || !first.Target.SequenceEqual(header.Target) || !first.Answer.SequenceEqual(header.Answer)
            || first.Text != header.Text || first.Translation != header.Translation || header.Rows.Any(row => row.Sentence < 0))
            throw GraphCheck.Broken(path, null, "its rows are not the two or more sentences of a batch whose first the header tells");
        foreach (var tensor in trace.Tensors)
            if (tensor.Axes.StartsWith("B ", StringComparison.Ordinal) && tensor.Shape[0] != header.Rows.Count)
                throw GraphCheck.Broken(path, tensor.Name, $"it has {tensor.Shape[0]} sentences, the batch {header.Rows.Count}");
    }
}
