using Pellucid.Explain.Learning;
using Pellucid.Explain.Traces;
using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Tensors.Recording;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Optimizers;
using Pellucid.Training.Schedules;
using Pellucid.Training.Translation;

namespace Pellucid.Tests.Explain.Learning;

/// <summary>A few steps of real training on sentences of different lengths, with dropout at every place, and a trace of one of them.</summary>
internal static class LearningRun
{
    private static readonly (string Source, string Target)[] Corpus =
        [("Thank you", "Gracias"), ("Where is the library?", "¿Dónde está la biblioteca?"), ("Good night", "Buenas noches"), ("I am here", "Estoy aquí"), ("Yes", "Sí"), ("See you", "Hasta luego")];

    internal static TransformerConfig Dropping(TransformerConfig config) => config with { Dropout = 0.2f, AttentionDropout = 0.3f, ActivationDropout = 0.25f };

    /// <summary>What training made, and the trace of the step that was asked for; null for none.</summary>
    internal static (TranslationModel Model, Trace? Trace, long Steps) Train(TransformerConfig config, int steps, long traced, TracePattern? capture = null, OptimizerOptions? optimizer = null, int sentences = 3)
    {
        var model = TutorialModel.New(config);
        var tokenizer = model.Tokenizer;
        TokenPair[] pairs = [.. Corpus.Select(pair => new TokenPair(tokenizer.EncodeToIds(pair.Source), tokenizer.EncodeToIds(pair.Target)))];
        var marks = new BatchMarks(tokenizer.PaddingId, tokenizer.BeginOfSentenceId, tokenizer.EndOfSentenceId);
        var batches = new TranslationBatches(pairs, marks, new BatchOptions { Tokens = 64, Sentences = sentences });
        var watch = new Watch(model, traced, capture);
        var options = new TrainerOptions { MaxSteps = steps, Optimizer = optimizer ?? new Adam(), Schedule = new Constant(0.01, 1), ClipNorm = 0.5, ValidateEvery = 0 };
        var trainer = new Trainer<TranslationBatch>(new TranslationTask(model.Transformer, 0.1), batches, options) { Observer = traced > 0 ? watch : null };
        trainer.Run();
        return (model, watch.Trace, trainer.State.Step);
    }

    private sealed class Watch(TranslationModel model, long traced, TracePattern? capture) : IStepObserver<TranslationBatch>
    {
        private StepRecording? recording;

        internal Trace? Trace { get; private set; }

        public bool Wants(long step) => step == traced;

        public IRecorderObserver Begin(long step, TranslationBatch batch)
        {
            recording = new StepRecording(model.Transformer, new StepBatch(batch.Source, batch.SourceLengths, batch.TargetInput, batch.TargetOutput, batch.Sentences), capture);
            return recording.Observer;
        }

        public void Updating(StepUpdate update) => recording!.Updating(update.Parameters, update.Moments, update.Update, update.Scale);

        public void Finished(long step, bool moved) => Trace = recording!.Finish(model.Tokenizer);
    }
}
