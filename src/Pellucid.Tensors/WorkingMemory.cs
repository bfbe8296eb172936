namespace Pellucid.Tensors;

/// <summary>
/// The memory of tensors that recorders made: activations, their gradients, scratch. It is kept and used again, so that a training loop asks the system for
/// none after its first steps. Weights, their gradients and the optimizer's state are not part of it.
/// </summary>
public static class WorkingMemory
{
    /// <summary>Bytes in use at present.</summary>
    public static long InUse => Arena.Shared.InUse;

    /// <summary>The most bytes in use at one time since <see cref="ResetPeak"/>.</summary>
    public static long Peak => Arena.Shared.Peak;

    /// <summary>Bytes asked of the system so far and still held, in use or ready to be.</summary>
    public static long Held => Arena.Shared.Capacity;

    /// <summary>Lets <see cref="Peak"/> begin anew.</summary>
    public static void ResetPeak() => Arena.Shared.ResetPeak();
}
