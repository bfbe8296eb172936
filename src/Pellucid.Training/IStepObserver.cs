using Pellucid.Tensors;
using Pellucid.Tensors.Optimization;
using Pellucid.Tensors.Recording;

namespace Pellucid.Training;

/// <summary>
/// Looks into single steps of a <see cref="Trainer{TBatch}"/> and changes none: the weights are those of a run that nobody observes, bit for bit. Where there is no observer nothing is asked and nothing kept.
/// </summary>
public interface IStepObserver<in TBatch>
{
    /// <summary>Whether it wants to see this step, asked before each of them; the other methods are called for these alone.</summary>
    /// <param name="step">The step's number, from 1.</param>
    bool Wants(long step);

    /// <summary>Before a batch goes forward and back; gives what watches its recorder. A step that accumulates has several.</summary>
    /// <param name="step">The step's number.</param>
    /// <param name="batch">Its ids may be read until the step is done.</param>
    IRecorderObserver Begin(long step, TBatch batch);

    /// <summary>The gradients are there, and the optimizer is about to move the weights. Not called where loss or gradient are not finite, since the weights then stay.</summary>
    void Updating(StepUpdate update);

    /// <summary>The step is done: the weights have moved, or stay where loss or gradient were not finite; the gradients are still there.</summary>
    /// <param name="step">The step's number.</param>
    /// <param name="moved">Whether the weights have moved.</param>
    void Finished(long step, bool moved);
}

/// <summary>What the optimizer is about to do; parameters and moments are the live ones, and hold what it made of them when the step is done.</summary>
/// <param name="Update">The optimizer's step.</param>
/// <param name="Scale">What clipping multiplies the gradients by.</param>
/// <param name="GradientNorm">√(Σ g²) over all parameters, before clipping.</param>
/// <param name="Loss">In nats per target token.</param>
/// <param name="Parameters">By their checkpoint keys.</param>
/// <param name="Moments">As many, in their order.</param>
public sealed record StepUpdate(
    AdamUpdate Update, double Scale, double GradientNorm, double Loss, IReadOnlyList<(string Name, Parameter Parameter)> Parameters, IReadOnlyList<AdamMoments> Moments);
