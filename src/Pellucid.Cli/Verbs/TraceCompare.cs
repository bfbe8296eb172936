using Pellucid.Cli.Flags;
using Pellucid.Cli.Output;
using Pellucid.Explain.Traces;

namespace Pellucid.Cli.Verbs;

internal sealed class TraceCompare : Verb
{
    private readonly Flag<string> _format;

    public TraceCompare()
    {
        Words = WordsOf("FILE", "the two traces to compare", least: 2, most: 2);
        _format = Flags.Add(Make.Choice("--format", "FORMAT", "how to write it", ["text", "json"]));
    }

    public override string Description =>
        "Walks two traces in the order of the run and names the first operation where they part: another graph, other ids, another mask, or a number that is not the same to the bit. "
        + "Exit code 0 when they are equal, 1 when they differ.";

    public override IReadOnlyList<Example> Examples => [new("pellucid trace diff a.safetensors b.safetensors", "where did it begin?")];

    public override int Run(Call call)
    {
        var files = call.Get(Words!);
        var diff = TraceDiff.Of(TraceFile.Read(files[0], call.Cancellation), TraceFile.Read(files[1], call.Cancellation));
        if (call.Get(_format) == "json") call.Terminal.Output.WriteLine(Json(diff));
        else WriteText(diff, call.Terminal.Output);
        return diff.Difference is null ? ExitCode.Done : ExitCode.Failed;
    }

    private static void WriteText(TraceDiff diff, TextWriter output)
    {
        output.WriteLine(diff.Difference is { } difference
            ? FormattableString.Invariant($"they part at operation {difference.Op}, {PlainText.Line(difference.Tensor)}: {PlainText.Line(difference.What)}")
            : FormattableString.Invariant($"equal: {diff.Compared} tensors to the bit"));
        if (diff.NotCompared > 0) output.WriteLine(FormattableString.Invariant($"not compared: {diff.NotCompared} tensors that are not captured in both"));
    }

    private static string Json(TraceDiff diff) => JsonLine.Write(json =>
    {
        json.WriteBoolean("equal", diff.Difference is null);
        if (diff.Difference is { } difference)
        {
            json.WriteNumber("operation", difference.Op);
            json.WriteString("tensor", difference.Tensor);
            json.WriteString("what", difference.What);
        }
        json.WriteNumber("compared", diff.Compared);
        json.WriteNumber("not_compared", diff.NotCompared);
    });
}
