namespace Pellucid.Words;

/// <summary>
/// The directions in which vectors differ most (Pearson 1901), exactly: the eigenvectors of their covariance matrix, by Jacobi's method
/// in double precision. Of each pair of opposite directions the one is taken whose largest element is positive. Immutable.
/// </summary>
public sealed class PrincipalComponents
{
    private readonly double[] mean;
    private readonly double[][] axes;

    private PrincipalComponents(double[] mean, double[][] axes, double[] variances, double total) =>
        (this.mean, this.axes, Variances, TotalVariance) = (mean, axes, variances, total);

    /// <summary>The mean of the vectors, [D].</summary>
    public IReadOnlyList<double> Mean => mean;

    /// <summary>K orthogonal directions of length 1, the one of the largest variance first: [K, D].</summary>
    public IReadOnlyList<IReadOnlyList<double>> Axes => axes;

    /// <summary>The variance along each axis (divided by N, not N − 1), [K].</summary>
    public IReadOnlyList<double> Variances { get; }

    /// <summary>The variance along all directions together.</summary>
    public double TotalVariance { get; }

    /// <summary>The first K components of N vectors of D elements; fewer where the vectors do not differ in so many directions.</summary>
    /// <param name="vectors">[N, D], row by row.</param>
    /// <param name="width">D.</param>
    /// <param name="count">K.</param>
    /// <param name="cancellation">Asked at each row of the covariance matrix and of each sweep over it; the time grows with the third power of min(N, D).</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ArgumentException">There is no vector, the length is no multiple of the width, or an element is not finite.</exception>
    public static PrincipalComponents Of(ReadOnlySpan<float> vectors, int width, int count, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (vectors.Length == 0 || vectors.Length % width != 0) throw new ArgumentException($"vectors of {width} elements are wanted, got {vectors.Length} elements.", nameof(vectors));
        foreach (float value in vectors)
            if (!float.IsFinite(value)) throw new ArgumentException("an element is not a finite number.", nameof(vectors));
        int rows = vectors.Length / width;
        double[] mean = new double[width];
        for (int i = 0; i < vectors.Length; i++) mean[i % width] += vectors[i] / (double)rows;
        double[,] centred = new double[rows, width];
        for (int i = 0; i < vectors.Length; i++) centred[i / width, i % width] = vectors[i] - mean[i % width];

        // XᵀX and XXᵀ have the same eigenvalues but zero: the smaller one is taken. u of XXᵀ gives the direction Xᵀu / |Xᵀu|.
        bool isWide = width > rows;
        int size = Math.Min(width, rows), inner = Math.Max(width, rows);
        double[,] products = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int k = 0; k < inner; k++) sum += isWide ? centred[i, k] * centred[j, k] : centred[k, i] * centred[k, j];
                products[i, j] = products[j, i] = sum / rows;
            }
        }
        double total = 0;
        for (int i = 0; i < size; i++) total += products[i, i];
        var (values, columns) = SymmetricEigen.Of(products, cancellation);
        var axes = new List<double[]>();
        var variances = new List<double>();
        foreach (int k in Enumerable.Range(0, size).OrderByDescending(k => values[k]))
        {
            if (axes.Count == count || values[k] <= total * 1e-12) break; // less is rounding
            double[] axis = new double[width];
            for (int d = 0; d < width; d++)
            {
                if (!isWide) axis[d] = columns[d, k];
                else for (int i = 0; i < rows; i++) axis[d] += centred[i, d] * columns[i, k];
            }
            double length = Math.Sqrt(axis.Sum(element => element * element));
            double sign = axis.MaxBy(Math.Abs) < 0 ? -1 : 1;
            for (int d = 0; d < width; d++) axis[d] *= sign / length;
            axes.Add(axis);
            variances.Add(values[k]);
        }
        return new PrincipalComponents(mean, [.. axes], [.. variances], total);
    }

    /// <summary>Where a vector lies along the axes: [K].</summary>
    /// <exception cref="ArgumentException">It has not D elements.</exception>
    public double[] Project(ReadOnlySpan<float> vector)
    {
        if (vector.Length != mean.Length) throw new ArgumentException($"a vector of {mean.Length} elements is wanted, got {vector.Length}.", nameof(vector));
        double[] place = new double[axes.Length];
        for (int k = 0; k < place.Length; k++)
            for (int d = 0; d < mean.Length; d++) place[k] += axes[k][d] * (vector[d] - mean[d]);
        return place;
    }
}
