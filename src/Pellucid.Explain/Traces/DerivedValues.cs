namespace Pellucid.Explain.Traces;

/// <summary>
/// The values of a tensor that follow from others. A trace holds what cannot be had otherwise: a mask of dropout is a bit for each cell, the corrected moments of Adam are its moments divided by a constant, the
/// moments before the first step are zeros. What is made is kept only as long as somebody looks at it.
/// </summary>
/// <param name="count">How many.</param>
/// <param name="make">Fills an array of as many zeros; a function of <paramref name="from"/> alone.</param>
/// <param name="from">What it is made of.</param>
internal sealed class DerivedValues(int count, Action<float[]> make, params Array[] from)
{
    private readonly WeakReference<float[]?> made = new(null);

    /// <summary>Zeros.</summary>
    internal static DerivedValues Zeros(int count) => new(count, _ => { });

    /// <summary>1 where bit i mod 8 of byte i / 8 is set, else 0.</summary>
    internal static DerivedValues Bits(int count, byte[] bits) => new(count, values =>
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = bits[i / 8] >> (i % 8) & 1;
    }, bits);

    internal IReadOnlyList<Array> From => from;

    /// <summary>The values; equal at every call. Threads that ask at once may each make their own.</summary>
    internal float[] Values
    {
        get
        {
            if (made.TryGetTarget(out float[]? values))
                return values;
            values = new float[count];
            make(values);
            made.SetTarget(values);
            return values;
        }
    }
}
