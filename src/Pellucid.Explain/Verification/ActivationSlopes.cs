using Pellucid.Tensors.Kernels;

namespace Pellucid.Explain.Verification;

/// <summary>The derivatives of the activations.</summary>
internal static class ActivationSlopes
{
    /// <summary>Φ(x) + x φ(x).</summary>
    internal static double Gelu(double x) => 0.5 * (1 + ErrorFunction.Erf(x / Math.Sqrt(2))) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>With y = tanh u, u = √(2/π)(x + a x³): (1 + y)/2 + x/2 (1 − y²) u'.</summary>
    internal static double GeluTanh(double x)
    {
        const double a = 0.044715;
        double c = Math.Sqrt(2 / Math.PI), y = Math.Tanh(c * (x + a * x * x * x));
        return 0.5 * (1 + y) + 0.5 * x * (1 - y * y) * c * (1 + 3 * a * x * x);
    }

    /// <summary>σ(x) (1 + x (1 − σ(x))).</summary>
    internal static double Silu(double x)
    {
        double y = 1 / (1 + Math.Exp(-x));
        return y * (1 + x * (1 - y));
    }
}
