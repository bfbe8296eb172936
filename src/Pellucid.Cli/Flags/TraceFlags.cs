using Pellucid.Cli.Verbs;
using Pellucid.Explain.Traces;

namespace Pellucid.Cli.Flags;

/// <summary>Whether a translation is traced, what is kept, and where.</summary>
internal sealed class TraceFlags
{
    private readonly Flag<string?> _pattern;
    private readonly Flag<string?> _file;
    private bool isWritten;

    public TraceFlags(FlagList list)
    {
        list.Heading("Trace");
        _pattern = list.Add(Make.Text("--trace", "PATTERN",
            "keep the values of these tensors: names or patterns separated by commas, as 'encoder.*.weights' or '**,!**.weight'; * is any segments, or any characters of one; a leading ! takes away"));
        _file = list.Add(Make.Text("--trace-file", "FILE", "write the trace of the best translation, one sentence, to this safetensors file; all values unless --trace says which"));
    }

    /// <exception cref="UsageException">The flags contradict each other, or the pattern is none.</exception>
    public void Check(Call call, bool isStreamed)
    {
        if (call.Has(_pattern) && !call.Has(_file)) throw new UsageException($"{_pattern.Name} says what a trace keeps; {_file.Name} FILE says where it goes");
        if (isStreamed && call.Has(_file)) throw new UsageException($"a trace is made of a whole translation; leave out --stream or {_file.Name}");
        if (call.Has(_file)) Pattern(call);
    }

    /// <summary>Before anything is translated: every part of the pattern must name a tensor of this model.</summary>
    /// <exception cref="UsageException">One does not.</exception>
    public void CheckNames(Call call, TranslationModel model)
    {
        if (!call.Has(_pattern)) return;
        try
        {
            Tracer.Plan(model, 1, 1, Pattern(call));
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"{_pattern.Name}: {error.Message}");
        }
    }

    /// <summary>Traces the translation, tells the size beforehand and writes the file.</summary>
    /// <exception cref="FailureException">There is more than one sentence.</exception>
    public void Write(Call call, TranslationModel model, Translation translation)
    {
        if (call.Get(_file) is not { } path || translation.Parts.Count == 0) return;
        if (isWritten || translation.Parts.Count > 1)
            throw new FailureException($"{_file.Name} takes the trace of one sentence, and the text has more; give one, or --whole-lines for a line that the model reads as one");
        var (part, pattern) = (translation.Parts[0], Pattern(call));
        var plan = Tracer.Plan(model, part.Source.Ids.Length + 1, part.Candidates[0].Hypothesis.Tokens.Length + 1, pattern);
        call.Say(FormattableString.Invariant($"trace: {plan.Tensors.Count} tensors, {plan.Captured} captured, {plan.CapturedBytes:N0} bytes, to {path}"));
        TraceFile.Write(Tracer.Trace(model, translation, capture: pattern, cancellation: call.Cancellation), path, call.Cancellation);
        isWritten = true;
    }

    /// <exception cref="FailureException">A trace was asked for, and there was nothing to trace.</exception>
    public void CheckWritten(Call call)
    {
        if (call.Has(_file) && !isWritten) throw new FailureException($"{_file.Name}: there was no sentence to trace");
    }

    private TracePattern Pattern(Call call)
    {
        if (call.Get(_pattern) is not { } text) return TracePattern.All;
        try
        {
            return TracePattern.Parse(text);
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"{_pattern.Name}: {error.Message}");
        }
    }
}
