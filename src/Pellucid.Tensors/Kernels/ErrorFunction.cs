namespace Pellucid.Tensors.Kernels;

/// <summary>erf in double precision for the naive twins (Abramowitz and Stegun 7.1.6 and the continued fraction 7.1.14).</summary>
internal static class ErrorFunction
{
    internal static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (a < 3)
        {
            // erf x = 2/√π exp(-x²) Σ_n 2ⁿ x^(2n+1) / (1·3·…·(2n+1))
            double term = x, sum = x;
            for (int n = 1; n < 200 && Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
                sum += term *= 2 * x * x / (2 * n + 1);
            return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }
        // √π exp(x²) erfc x = 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + 2 / (x + …)))))
        double fraction = 0;
        for (int n = 60; n >= 1; n--)
            fraction = n / 2.0 / (a + fraction);
        double tail = Math.Exp(-a * a) / Math.Sqrt(Math.PI) / (a + fraction);
        return Math.Sign(x) * (1 - tail);
    }
}
