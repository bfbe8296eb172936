using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Ops;

namespace Pellucid.Tensors.Recording;

/// <summary>Is told of every op that a <see cref="Recorder"/> runs. It looks and never changes: observed and unobserved runs give the same bits.</summary>
public interface IRecorderObserver
{
    /// <summary>True to have fused ops hand out what they computed on the way (scores, masked scores, weights).</summary>
    bool WantsIntermediates => false;

    /// <summary>Called before an op runs.</summary>
    void Before(Recorder recorder, Op op)
    {
    }

    /// <summary>True to be told of derivatives too, see <see cref="Differentiated"/>.</summary>
    bool WantsGradients => false;

    /// <summary>
    /// Called after the derivative of an op has run: <see cref="Derivative.GradientOf"/> an input now holds what has arrived from this op and those after it,
    /// <see cref="Op.GradientIntermediates"/> what the derivative computed on the way. All of it is only valid during the call.
    /// </summary>
    void Differentiated(Recorder recorder, Op op, Derivative derivative)
    {
    }

    /// <summary>Called after an op has run. The tensors are only valid during the call; copy what is to stay.</summary>
    void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output);
}
