namespace Pellucid.Words;

/// <summary>Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, section 8.5).</summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 60;

    /// <summary>Values in no order, and a column of length 1 for each.</summary>
    public static (double[] Values, double[,] Columns) Of(double[,] symmetric, CancellationToken cancellation = default)
    {
        int n = symmetric.GetLength(0);
        var a = (double[,])symmetric.Clone();
        double[,] v = new double[n, n];
        double scale = 0;
        for (int i = 0; i < n; i++)
        {
            v[i, i] = 1;
            for (int j = 0; j < n; j++) scale += a[i, j] * a[i, j];
        }
        for (int sweep = 0; sweep < MostSweeps && OffDiagonal(a, n) > 1e-30 * scale; sweep++)
            for (int p = 0; p < n; p++)
            {
                cancellation.ThrowIfCancellationRequested(); // a sweep over a large matrix takes long by itself
                for (int q = p + 1; q < n; q++)
                    if (a[p, q] != 0) Rotate(a, v, n, p, q);
            }
        double[] values = new double[n];
        for (int i = 0; i < n; i++) values[i] = a[i, i];
        return (values, v);
    }

    /// <summary>Makes a[p, q] zero.</summary>
    private static void Rotate(double[,] a, double[,] v, int n, int p, int q)
    {
        double tau = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double t = (tau < 0 ? -1 : 1) / (Math.Abs(tau) + Math.Sqrt(1 + tau * tau)), c = 1 / Math.Sqrt(1 + t * t), s = t * c;
        for (int k = 0; k < n; k++)
        {
            var (x, y) = (a[k, p], a[k, q]);
            (a[k, p], a[k, q]) = (c * x - s * y, s * x + c * y);
        }
        for (int k = 0; k < n; k++)
        {
            var (x, y) = (a[p, k], a[q, k]);
            (a[p, k], a[q, k]) = (c * x - s * y, s * x + c * y);
            (x, y) = (v[k, p], v[k, q]);
            (v[k, p], v[k, q]) = (c * x - s * y, s * x + c * y);
        }
    }

    private static double OffDiagonal(double[,] a, int n)
    {
        double sum = 0;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++) sum += 2 * a[i, j] * a[i, j];
        return sum;
    }
}
