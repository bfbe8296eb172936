using Pellucid.Cli.Flags;
using Pellucid.Training.Runs;

namespace Pellucid.Cli.Verbs;

internal sealed class CheckpointAverage : Verb
{
    private readonly Flag<string?> _output;

    public CheckpointAverage()
    {
        Words = WordsOf("CHECKPOINT...", "checkpoint folders, model folders or safetensors files of one model", least: 1);
        _output = Flags.Add(Make.Text("--output", "FILE", "the safetensors file to write; in a folder with config.json and tokenizer.json it is a model", "-o"));
    }

    public override string Description => "Writes the mean of the weights (Vaswani et al. 2017, section 6.1), summed in double precision.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid checkpoint average runs/en-de/checkpoints/step-* --output averaged/model.safetensors", "all checkpoints that a run kept"),
    ];

    public override int Run(Call call)
    {
        var (sources, output) = (call.Get(Words!), call.Need(_output));
        CheckpointAveraging.Average(sources, output, null, call.Cancellation);
        call.Say(FormattableString.Invariant($"{output}: the mean of {sources.Length} checkpoints"));
        return ExitCode.Done;
    }
}
