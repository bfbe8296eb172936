using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Optimization;

/// <summary>Facts about the gradients of a whole model.</summary>
public static class Gradients
{
    /// <summary>
    /// <c>√(Σ g²)</c> over all parameters that a gradient has reached, summed in double in the order given, so that it is the same for any number of threads.
    /// Not finite exactly when some gradient is not (Pascanu et al. 2013, section 3.2, clip by it).
    /// </summary>
    public static double Norm(IEnumerable<Parameter> parameters)
    {
        double sum = 0;
        foreach (var parameter in parameters)
            if (parameter.Trainable && parameter.HasGradient)
                sum += Measures.SumOfSquares(parameter.Gradient.Values);
        return Math.Sqrt(sum);
    }
}
