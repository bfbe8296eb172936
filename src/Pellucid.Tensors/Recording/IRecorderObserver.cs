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

    /// <summary>Called after an op has run. The tensors are only valid during the call; copy what is to stay.</summary>
    void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output);
}
