using Pellucid.Cli.Flags;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Cli.Verbs;

internal sealed class CheckpointExport : Verb
{
    private readonly Flag<string?> _output;
    private readonly Flag<string> _storage;
    private readonly Flag<bool> _overwrite;

    public CheckpointExport()
    {
        Words = WordsOf("FOLDER", "a run folder (its best weights) or a model folder", least: 1, most: 1);
        _output = Flags.Add(Make.Text("--output", "FOLDER", "the model folder to write: config.json, tokenizer.json, model.safetensors", "-o"));
        _storage = Flags.Add(Make.Choice("--storage", "TYPE", "how the weights are stored; float32 keeps every bit, the others take half the space", ["float32", "float16", "bfloat16"], "--dtype"));
        _overwrite = Flags.Add(ModelFolder.Overwrite());
    }

    public override string Description => "Writes a model folder: all that translate, score and evaluate need, and nothing of the run.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid checkpoint export runs/en-es --output models/en-es --storage float16", "the best weights of a run, in half the space"),
    ];

    public override int Run(Call call)
    {
        var (source, output) = (call.Get(Words!)[0], call.Need(_output));
        var storage = call.Get(_storage) switch
        {
            "float16" => StorageType.Float16,
            "bfloat16" => StorageType.BFloat16,
            _ => StorageType.Float32,
        };
        if (ModelFolder.AreSame(output, source)) throw new UsageException($"{_output.Name}: {output} is the folder that is read; name another");
        ModelFolder.CheckWritable(output, call.Get(_overwrite));
        TranslationModel.Load(source, call.Cancellation).Save(output, storage, call.Cancellation);
        call.Say($"{output}: the model of {source}, stored as {call.Get(_storage)}");
        return ExitCode.Done;
    }
}
