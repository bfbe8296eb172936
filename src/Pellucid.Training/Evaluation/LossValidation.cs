using Pellucid.Tensors.Recording;
using Pellucid.Training.Batches;

namespace Pellucid.Training.Evaluation;

/// <summary>Loss and perplexity over a corpus: <c>loss = -Σ log p(target) / N</c> in nats per target token, <c>perplexity = e^loss</c>, without dropout and smoothing.</summary>
public sealed class LossValidation<TBatch>(ITask<TBatch> task, IReadOnlyList<TBatch> batches) : IValidation
{
    /// <summary>All batches of a source's first epoch.</summary>
    public LossValidation(ITask<TBatch> task, IBatchSource<TBatch> source) : this(task, All(source))
    {
    }

    public IReadOnlyList<string> Metrics { get; } = ["loss", "perplexity"];

    public IReadOnlyList<MetricValue> Run(CancellationToken cancellation)
    {
        double sum = 0;
        long tokens = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var recorder = Recorder.Begin();
            sum += task.NegativeLogLikelihood(batch).Item();
            tokens += task.Tokens(batch);
        }
        double loss = sum / Math.Max(tokens, 1);
        return [new("loss", loss, false), new("perplexity", Math.Exp(loss), false)];
    }

    private static TBatch[] All(IBatchSource<TBatch> source)
    {
        var epoch = source.Epoch(0);
        return [.. Enumerable.Range(0, epoch.Count).Select(epoch.Batch)];
    }
}
