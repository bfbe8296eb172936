using Pellucid.Models.Architectures;
using Pellucid.Models.Configuration;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Text.Corpora;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;
using Pellucid.Training.Batches;
using Pellucid.Training.Configuration;
using Pellucid.Training.Evaluation;
using Pellucid.Training.Runs;
using Pellucid.Training.Words;
using Pellucid.Words;

namespace Pellucid.Training.Translation;

/// <summary>Trains a translator from a config: corpora, tokenizer, batches, model and trainer put together.</summary>
public static class TranslationTraining
{
    /// <summary>Begins or continues a run. The folder is afterwards a model folder: config.json, tokenizer.json and the best model.safetensors.</summary>
    /// <param name="config">The settings; null when resuming takes those of the folder.</param>
    /// <param name="folder">The run folder.</param>
    /// <param name="mode">What to do with a run that is there already.</param>
    /// <param name="progress">Is told of everything.</param>
    /// <param name="cancellation">Ends training after the present step.</param>
    /// <param name="watch">Looks into single steps; null for nobody.</param>
    /// <exception cref="TrainingException">The folder, the data or the settings do not allow it.</exception>
    /// <exception cref="ConfigException">Settings cannot be used.</exception>
    /// <exception cref="Models.Checkpoints.CheckpointException">A file of the run cannot be read or written.</exception>
    /// <exception cref="Text.TextException">A corpus or the tokenizer cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the first step; afterwards cancelling gives a result.</exception>
    public static TrainingResult Run(
        TrainConfig? config, string folder, RunMode mode, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default, ITranslationWatch? watch = null)
    {
        using var run = RunFolder.Open(folder, mode);
        var before = mode == RunMode.Resume ? TrainConfigFile.Read(run.ConfigPath) : null;
        config ??= before?.Config ?? throw new ArgumentNullException(nameof(config));
        var settings = config.Data;
        var training = TranslationData.Read("train", settings.Train, settings.TrainSource, settings.TrainTarget, settings, TranslationData.Cleaning(settings), progress, cancellation);
        if (training.Pairs.Count == 0)
            throw new TrainingException("there is no training data; set data.train to a file with source TAB target, or data.train_source and data.train_target.");
        var validation = TranslationData.Read("validation", settings.Validation, settings.ValidationSource, settings.ValidationTarget, settings, new CorpusCleaning(), progress, cancellation);

        var start = before is null ? StartingModel(config, progress, cancellation) : null;
        var tokenizer = before is not null ? Tokenizer.Load(run.TokenizerPath).WithoutReadingSpecialTokens() : start?.Tokenizer ?? TokenizerFor(config.Tokenizer, training, progress, cancellation);
        config = config with { Model = ModelFor(Architecture(config.Model, start), tokenizer, progress) };
        var rules = Usable(() => { config.Model.Validate(); return config.TrainerOptions().Validate(); });
        var effective = new TrainConfigFile(config, TrainConfigFile.ToolVersion, [.. training.Files, .. validation.Files]);
        if (before is not null)
            Continuation.Check(before, effective, training.Files, progress);

        int maxLength = Math.Min(config.Data.MaxLength ?? config.Model.MaxLength, config.Model.MaxLength);
        var pairs = training.Encode("training data", tokenizer, maxLength, progress, cancellation);
        if (pairs.Ids.Count == 0)
            throw new TrainingException($"no pair of the training data fits into {maxLength} tokens; raise data.max_length and model.max_length.");
        var marks = new BatchMarks(tokenizer.PaddingId, tokenizer.BeginOfSentenceId, tokenizer.EndOfSentenceId);
        var options = new BatchOptions { Tokens = config.Batches.Tokens, Sentences = config.Batches.Sentences, Seed = config.Training.Seed };
        double dropout = config.Tokenizer.BpeDropout;
        var batches = new TranslationBatches((epoch, stop) => dropout > 0 ? pairs.Redraw(dropout, config.Training.Seed, epoch, stop) : pairs.Ids, marks, options);

        var model = Transformer.Create(config.Model, new Rng(config.Training.Seed).Split("weights"));
        if (start is not null)
            model.CopyFrom(start.Transformer);
        if (before is null && config.Training.InitEmbeddings is { } vectors)
            Embed(model, vectors, tokenizer, progress, cancellation);
        var task = new TranslationTask(model, config.Training.LabelSmoothing, config.Training.RDrop);
        var validations = Validations(config, model, task, validation, tokenizer, marks, options, progress, cancellation);
        var observer = watch?.Begin(new TranslationRun(config, model, tokenizer));
        var trainer = new Trainer<TranslationBatch>(task, batches, rules, run, validations) { Observer = observer };

        if (before is null)
            tokenizer.Save(run.TokenizerPath);
        effective.Write(run.ConfigPath);
        progress?.Report(new NoteProgress($"{pairs.Ids.Count} pairs, vocabulary {tokenizer.VocabularySize}, {model.ParameterCount()} weights, {Threading.Count} threads"));
        trainer.Rehearse(progress, cancellation);
        return trainer.Run(progress, cancellation);
    }

    /// <summary>Settings that are each possible may contradict each other: that is the config's fault, not the program's.</summary>
    private static TrainerOptions Usable(Func<TrainerOptions> check)
    {
        try
        {
            return check();
        }
        catch (ArgumentException error)
        {
            throw new ConfigException(error.Message.ReplaceLineEndings(" "), null, error);
        }
    }

    private static TranslationModel? StartingModel(TrainConfig config, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (config.Training.InitFrom is not { } folder)
            return null;
        if (config.Training.InitEmbeddings is not null)
            throw new TrainingException("training.init_from brings its embeddings with it; leave out training.init_embeddings.");
        if (config.Tokenizer.Path is not null)
            throw new TrainingException("training.init_from brings its tokenizer with it; leave out tokenizer.path.");
        var start = TranslationModel.Load(folder, cancellation);
        progress?.Report(new NoteProgress($"tokenizer, architecture and weights come from {folder}"));
        return start;
    }

    private static void Embed(Transformer model, string path, Tokenizer tokenizer, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var start = new StartingEmbeddings(WordVectorFile.Read(path, cancellation: cancellation), tokenizer, cancellation);
        foreach (var (name, parameter) in model.Parameters())
            if (name is "embedding.weight" or "source_embedding.weight" or "target_embedding.weight") start.Apply(parameter);
        string capital = start.Found > start.Exact ? $", {start.Found - start.Exact} of them with a capital letter" : "";
        progress?.Report(new NoteProgress($"{start.Found} of {tokenizer.VocabularySize} pieces begin with the vector of their word in {path}{capital}"));
        if (start.Found == 0)
            throw new TrainingException($"no piece of the tokenizer is a word of {path}; are the vectors those of this language, and are their words spelled as the tokenizer spells them?");
    }

    /// <summary>A starting model decides everything but dropout.</summary>
    private static TransformerConfig Architecture(TransformerConfig asked, TranslationModel? start) => start is null
        ? asked
        : start.Transformer.Config with { Dropout = asked.Dropout, AttentionDropout = asked.AttentionDropout, ActivationDropout = asked.ActivationDropout };

    private static Tokenizer TokenizerFor(TokenizerSettings settings, TranslationData training, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (settings.Path is { } path)
            return Tokenizer.Load(path).WithoutReadingSpecialTokens();
        var options = new BpeTrainerOptions { VocabularySize = settings.VocabularySize, CharacterCoverage = settings.CharacterCoverage, ByteFallback = settings.ByteFallback, Threads = Threading.Count };
        var tokenizer = BpeTrainer.Train(training.Pairs.SelectMany(pair => (string[])[pair.Source, pair.Target]), options, cancellation: cancellation);
        progress?.Report(new NoteProgress($"learned a joint BPE of {tokenizer.VocabularySize} pieces"));
        return tokenizer;
    }

    private static TransformerConfig ModelFor(TransformerConfig model, Tokenizer tokenizer, IProgress<TrainingProgress>? progress)
    {
        if (model.VocabularySize != tokenizer.VocabularySize)
            progress?.Report(new NoteProgress($"model.vocabulary_size is {tokenizer.VocabularySize}, the tokenizer's"));
        return model with
        {
            VocabularySize = tokenizer.VocabularySize,
            SourceVocabularySize = null,
            PaddingId = tokenizer.PaddingId,
            BeginId = tokenizer.BeginOfSentenceId,
            EndId = tokenizer.EndOfSentenceId,
        };
    }

    private static IReadOnlyList<IValidation> Validations(TrainConfig config, Transformer model, TranslationTask task, TranslationData data, Tokenizer tokenizer,
        BatchMarks marks, BatchOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (data.Pairs.Count == 0)
            return [];
        var pairs = data.Encode("validation data", tokenizer, Math.Min(config.Model.MaxLength, options.Tokens), progress, cancellation);
        if (pairs.Ids.Count == 0)
            throw new TrainingException($"no pair of the validation data fits into {pairs.MaxLength} tokens; raise model.max_length.");
        var loss = new LossValidation<TranslationBatch>(task, new TranslationBatches(pairs.Ids, marks, options));
        if (!config.Validation.Bleu)
            return [loss];
        var decoding = new DecodingOptions { Search = config.Validation.BeamSize == 1 ? new Search.Greedy() : new Search.Beam(config.Validation.BeamSize) };
        return [loss, new TranslationValidation([.. pairs.Pairs.Take(config.Validation.BleuSentences ?? int.MaxValue)], Translate)];

        IReadOnlyList<string> Translate(IReadOnlyList<string> sources, CancellationToken stop) =>
            [.. Generator.Generate(model, [.. sources.Select(source => (int[])[.. tokenizer.EncodeToIds(source), marks.EndId])], decoding, cancellation: stop)
                .Select(hypotheses => tokenizer.Decode(hypotheses[0].Tokens))];
    }
}
