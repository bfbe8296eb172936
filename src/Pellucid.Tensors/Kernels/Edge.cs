namespace Pellucid.Tensors.Kernels;

/// <summary>The one place where kernels check their arguments; inside, lengths are trusted and pointers are used.</summary>
internal static class Edge
{
    public static int Count(int rows, int n)
    {
        if (rows < 0 || n < 0) throw new ArgumentOutOfRangeException(nameof(rows), $"A kernel wants non-negative sizes, got {rows} rows of {n}.");
        return checked(rows * n);
    }

    public static void Length(int actual, int wanted, string name)
    {
        if (actual != wanted) Throw(actual, wanted, name);
    }

    /// <summary>For optional outputs: an empty span means "not wanted".</summary>
    public static void LengthOrEmpty(int actual, int wanted, string name)
    {
        if (actual != 0 && actual != wanted) Throw(actual, wanted, name);
    }

    private static void Throw(int actual, int wanted, string name) =>
        throw new ArgumentException($"The kernel wants {wanted} elements in '{name}' and got {actual}; the shapes passed beside it do not describe it.", name);
}
