namespace Pellucid.Explain.Verification;

/// <summary>Sums in double precision with the squares of their terms: what a sum is judged by.</summary>
internal sealed class TermSums
{
    private readonly double[] sums, squares;

    /// <param name="count">How many.</param>
    /// <param name="before">What each begins with; empty for nothing.</param>
    internal TermSums(int count, double[] before)
    {
        (sums, squares) = (new double[count], new double[count]);
        for (int i = 0; i < before.Length; i++)
            Add(i, before[i]);
    }

    internal void Add(int i, double term)
    {
        sums[i] += term;
        squares[i] += term * term;
    }

    internal OpTwin ToTwin() => new(sums, Array.ConvertAll(squares, Math.Sqrt));
}
