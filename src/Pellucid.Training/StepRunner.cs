using Pellucid.Tensors;
using Pellucid.Tensors.Optimization;
using Pellucid.Tensors.Recording;
using Pellucid.Training.Optimizers;

namespace Pellucid.Training;

/// <summary>What a step computed.</summary>
/// <param name="Loss">In nats per target token.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Applied">False when loss or gradient were not finite and the weights stayed as they were.</param>
internal readonly record struct StepOutcome(double Loss, double GradientNorm, int Tokens, bool Applied);

/// <summary>One step: gradients of the micro-batches summed, clipped by their global norm, given to the optimizer.</summary>
internal sealed class StepRunner<TBatch>(ITask<TBatch> task, AdamOptimizer optimizer, TrainerOptions options, WeightAverage? average = null, IStepObserver<TBatch>? observer = null)
{
    private readonly Parameter[] parameters = [.. task.Parameters.Select(entry => entry.Parameter)];
    private readonly Rng dropoutKey = new Rng(options.Seed).Split("dropout");

    /// <param name="step">The step's number, from 1.</param>
    internal StepOutcome Run(IReadOnlyList<TBatch> microBatches, long step)
    {
        var watching = observer is not null && observer.Wants(step) ? observer : null;
        int tokens = 0;
        for (int i = 0; i < microBatches.Count; i++)
            tokens += task.Tokens(microBatches[i]);
        double loss = Differentiate(microBatches, tokens, dropoutKey.Split((ulong)step), watching, step);
        double norm = Gradients.Norm(parameters);
        bool finite = double.IsFinite(norm) && double.IsFinite(loss);
        if (finite)
        {
            var (rate, scale) = (options.Schedule.At(step), Clip(norm, options.ClipNorm));
            watching?.Updating(new StepUpdate(optimizer.Next(rate), scale, norm, loss, task.Parameters, optimizer.Moments));
            optimizer.Step(rate, scale, average);
        }
        watching?.Finished(step, finite);
        return new StepOutcome(loss, norm, tokens, finite);
    }

    /// <summary>Forward and backward of a batch as a step does it, and nothing else: afterwards everything is as before but that all memory is there.</summary>
    internal void Rehearse(TBatch batch)
    {
        Differentiate([batch], Math.Max(task.Tokens(batch), 1), dropoutKey.Split(0), null, 0);
        foreach (var parameter in parameters)
            parameter.ClearGradient();
    }

    /// <summary>The gradient of the summed loss, from zero; gives the loss.</summary>
    private double Differentiate(IReadOnlyList<TBatch> microBatches, int tokens, Rng dropout, IStepObserver<TBatch>? watching, long step)
    {
        foreach (var parameter in parameters)
            parameter.ClearGradient();
        double loss = 0;
        for (int i = 0; i < microBatches.Count; i++)
        {
            using var recorder = watching is null ? Recorder.Begin(gradients: true) : Recorder.Begin(gradients: true, watching.Begin(step, microBatches[i]));
            var part = task.Loss(microBatches[i], Math.Max(tokens, 1), dropout.Split((ulong)i));
            loss += part.Item();
            recorder.Backward(part, release: true);
        }
        return loss;
    }

    /// <summary><c>min(1, limit / (norm + 1e-6))</c>, as PyTorch's clip_grad_norm_.</summary>
    internal static double Clip(double norm, double limit) => limit == 0 ? 1 : Math.Min(1, limit / (norm + 1e-6));
}
