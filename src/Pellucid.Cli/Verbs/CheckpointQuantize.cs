using System.Globalization;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Progress;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Text;
using Pellucid.Text.Corpora;
using Pellucid.Text.Metrics;

namespace Pellucid.Cli.Verbs;

internal sealed class CheckpointQuantize : Verb
{
    private readonly Flag<string?> _model;
    private readonly Flag<string?> _output;
    private readonly Flag<bool> _overwrite;
    private readonly Flag<string> _precision;
    private readonly Flag<string?> _test;
    private readonly Flag<string?> _source;
    private readonly Flag<bool> _noCheck;
    private readonly Flag<double> _budget;
    private readonly Flag<bool> _force;
    private readonly Flag<int> _beam;
    private readonly Flag<int?> _threads;

    public CheckpointQuantize()
    {
        Words = WordsOf("REFERENCE", "with --source: the references, line by line", least: 0, most: 1);
        _model = Flags.Add(ModelFolder.Flag());
        _output = Flags.Add(Make.Text("--output", "FOLDER", "the model folder to write: config.json, tokenizer.json, model.safetensors", "-o"));
        _precision = Flags.Add(Make.Choice("--precision", "PRECISION", "what the matrices become: 8-bit numbers with a scale for each row, or bfloat16", ["int8", "bf16"]));
        _overwrite = Flags.Add(ModelFolder.Overwrite());
        Flags.Heading("Check");
        _test = Flags.Add(Make.Text("--test", "FILE", "compare the BLEU of both models on this file of source TAB reference lines"));
        _source = Flags.Add(Make.Text("--source", "FILE", "compare the BLEU of both models on the lines of this file, against REFERENCE"));
        _noCheck = Flags.Add(Make.Switch("--no-check", "write without comparing anything"));
        _budget = Flags.Add(Make.Number("--budget", "BLEU", "the most BLEU that may be lost", 0, 100, 0.3));
        _force = Flags.Add(Make.Switch("--force", "write even if more is lost"));
        _beam = Flags.Add(Make.Whole("--beam-size", "N", "hypotheses kept at every step of the comparison; 1 is greedy search", 1, 1, "--beam", "--num-beams", "-b"));
        _threads = Flags.Add(MachineFlags.Threads());
    }

    public override string Description =>
        "Writes a model folder with smaller weights. Linear maps and embeddings are quantised, norms, biases and positions are not. Both models translate a development set; when the smaller one loses more BLEU than the budget, nothing is written and the exit code is 1.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid checkpoint quantize --model runs/en-es --output models/en-es-int8 --test dev.tsv", "8-bit weights, if they cost at most 0.3 BLEU"),
        new("pellucid checkpoint quantize --output models/en-es-bf16 --precision bf16 --no-check", "the bundled model in bfloat16, unchecked"),
    ];

    public override int Run(Call call)
    {
        MachineFlags.Apply(call, _threads);
        var output = call.Need(_output);
        var folder = ModelFolder.Find(call.Get(_model));
        if (ModelFolder.AreSame(output, folder)) throw new UsageException($"{_output.Name}: {output} is the model itself; name another folder");
        var pairs = Pairs(call);
        ModelFolder.CheckWritable(output, call.Get(_overwrite)); // now, not after two translations of a development set
        var precision = PrecisionFlag.Of(call, _precision)!.Value;
        var original = TranslationModel.Load(folder, call.Cancellation);
        if (original.Transformer.Matrices().Any(entry => entry.Parameter.Packed!.Precision == Precision.Int8))
            throw new FailureException($"{folder}: its weights are 8-bit numbers already; quantise the model that they were made from");
        var small = TranslationModel.Load(folder, precision, call.Cancellation);
        if (pairs is not null) Check(call, pairs, original, small);
        var metadata = new Dictionary<string, string> { ["precision"] = call.Get(_precision) };
        small.SavePrepared(output, metadata, call.Cancellation);
        call.Say($"{output}: the model of {folder}, its matrices in {call.Get(_precision)}");
        return ExitCode.Done;
    }

    private IReadOnlyList<SentencePair>? Pairs(Call call)
    {
        var (words, isGiven) = (call.Get(Words!), call.Has(_test) || call.Has(_source));
        if (call.Has(_test) && (call.Has(_source) || words.Length > 0)) throw new UsageException($"{_test.Name} brings its references; leave out {_source.Name} and REFERENCE");
        if (call.Has(_source) && words.Length == 0) throw new UsageException($"REFERENCE is missing: the references of {_source.Name}");
        if (!call.Has(_source) && words.Length > 0) throw new UsageException($"REFERENCE goes with {_source.Name}");
        if (isGiven && call.Get(_noCheck)) throw new UsageException($"{_noCheck.Name} compares nothing; leave out {(call.Has(_test) ? _test.Name : _source.Name)}");
        if (!isGiven && !call.Get(_noCheck)) throw new UsageException($"what is lost is measured on a development set: give {_test.Name} FILE, or {_source.Name} FILE REFERENCE, or say {_noCheck.Name}");
        if (call.Get(_noCheck) && (call.Has(_budget) ? _budget.Name : call.Has(_force) ? _force.Name : call.Has(_beam) ? _beam.Name : null) is { } idle)
            throw new UsageException($"{_noCheck.Name} compares nothing; leave out {idle}");
        if (!isGiven) return null;
        var corpus = call.Get(_test) is { } file
            ? ParallelCorpus.FromTsv(file, CorpusCleaning.None, call.Cancellation)
            : ParallelCorpus.FromFiles(call.Get(_source)!, words[0], CorpusCleaning.None, call.Cancellation);
        return corpus.Count > 0 ? corpus.Pairs : throw new CorpusException("the file is empty", call.Get(_test) ?? call.Get(_source)!);
    }

    private void Check(Call call, IReadOnlyList<SentencePair> pairs, TranslationModel original, TranslationModel small)
    {
        var (before, after) = (Score(call, pairs, original), Score(call, pairs, small));
        var (name, lost) = (call.Get(_precision), before - after);
        call.Terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"BLEU\t{before:F2}\tstored\nBLEU\t{after:F2}\t{name}\nchange\t{after - before:+0.00;-0.00;0.00}"));
        if (lost <= call.Get(_budget)) return;
        var told = string.Create(CultureInfo.InvariantCulture, $"{name} loses {lost:F2} BLEU, more than the budget of {call.Get(_budget)}");
        if (!call.Get(_force)) throw new FailureException($"{told}; nothing was written ({_force.Name} writes it all the same)");
        call.Say(told);
    }

    private double Score(Call call, IReadOnlyList<SentencePair> pairs, TranslationModel model)
    {
        var width = call.Get(_beam);
        var options = new TranslateOptions { Decoding = new() { Search = width == 1 ? new Search.Greedy() : new Search.Beam(width), RowBudget = 32 * width } };
        using var progress = new TranslationProgressLine(call.Terminal);
        var translations = new Translator(model).Translate([.. pairs.Select(pair => pair.Source)], options, progress, call.Cancellation);
        return new Bleu().Corpus([.. translations.Select(translation => translation.Text.ReplaceLineEndings(" "))], [.. pairs.Select(pair => pair.Target)], call.Cancellation).Score;
    }
}
