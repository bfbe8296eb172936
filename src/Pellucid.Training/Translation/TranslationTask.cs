using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Training.Batches;

namespace Pellucid.Training.Translation;

/// <summary>Learning to translate: label-smoothed cross-entropy of a <see cref="Transformer"/>'s next tokens.</summary>
public sealed class TranslationTask(Transformer model, double labelSmoothing) : ITask<TranslationBatch>
{
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; } = [.. model.Parameters()];

    public int Tokens(TranslationBatch batch) => batch.TargetTokens;

    public Tensor Loss(TranslationBatch batch, double normalizer, Rng dropout) =>
        model.Loss(batch.Source, batch.SourceLengths, batch.TargetInput, batch.TargetOutput, (float)labelSmoothing, normalizer, dropout);

    public Tensor NegativeLogLikelihood(TranslationBatch batch) =>
        model.Loss(batch.Source, batch.SourceLengths, batch.TargetInput, batch.TargetOutput, normalizer: 1);
}
