using System.Runtime.InteropServices;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Optimization;

/// <summary>Facts about the gradients of a whole model.</summary>
public static class Gradients
{
    /// <summary>
    /// <c>√(Σ g²)</c> over all parameters that a gradient has reached, summed in double in the order given, so that it is the same for any number of threads.
    /// Not finite exactly when some gradient is not (Pascanu et al. 2013, section 3.2, clip by it).
    /// </summary>
    public static unsafe double Norm(IEnumerable<Parameter> parameters)
    {
        var pieces = Pieces ??= [];
        pieces.Clear();
        foreach (var parameter in parameters)
            if (parameter.Trainable && parameter.HasGradient)
                fixed (float* start = parameter.Gradient.Values) // a parameter's gradient lies in a pinned array
                    pieces.Add(new Measures.Piece(start, parameter.Count));
        double sum = Measures.SumOfSquares(CollectionsMarshal.AsSpan(pieces));
        GC.KeepAlive(parameters);
        return Math.Sqrt(sum);
    }

    [ThreadStatic]
    private static List<Measures.Piece>? Pieces;
}
