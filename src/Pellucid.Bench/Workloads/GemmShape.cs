using System.Globalization;

namespace Pellucid.Bench.Workloads;

/// <summary>How the operands of C = op(A) op(B) lie: N as they are used, T transposed; packed is B prepared once, as decoding does with its weights.</summary>
internal enum GemmForm
{
    NN,
    NT,
    TN,
    Packed,
}

/// <summary>C[M, N] = op(A)[M, K] op(B)[K, N], written <c>MxNxK:form</c>.</summary>
internal readonly record struct GemmShape(int M, int N, int K, GemmForm Form)
{
    private const int Longest = 1 << 20;

    /// <summary>Floating-point operations: a product and a sum for each of M N K.</summary>
    public double Flops => 2.0 * M * N * K;

    /// <summary>What a Linear of <paramref name="rows"/> rows multiplies in a training step: y = x Wᵀ, dx = dy W, dW = dyᵀ x.</summary>
    public static GemmShape[] OfLinear(int rows, int outputs, int inputs) =>
        [new(rows, outputs, inputs, GemmForm.NT), new(rows, inputs, outputs, GemmForm.NN), new(outputs, inputs, rows, GemmForm.TN)];

    /// <exception cref="FormatException">The text is no shape; the message says what one looks like.</exception>
    public static GemmShape Parse(string text)
    {
        var parts = text.Split(':');
        var lengths = parts[0].Split('x');
        if (parts.Length <= 2 && lengths.Length == 3 && Length(lengths[0], out var m) && Length(lengths[1], out var n) && Length(lengths[2], out var k)
            && 1L * m * n < 1L << 29 && 1L * m * k < 1L << 29 && 1L * n * k < 1L << 29
            && FormOf(parts.ElementAtOrDefault(1)) is { } form)
            return new(m, n, k, form);
        throw new FormatException($"'{text}' is no product; it is written MxNxK or MxNxK:form with the form nn, nt, tn or packed, and matrices of less than 2^29 elements: 2048x1024x256:nt");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{M}x{N}x{K}:{Form.ToString().ToLowerInvariant()}");

    private static bool Length(string text, out int length) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length is > 0 and <= Longest;

    private static GemmForm? FormOf(string? text) => text switch
    {
        null or "nn" => GemmForm.NN,
        "nt" => GemmForm.NT,
        "tn" => GemmForm.TN,
        "packed" => GemmForm.Packed,
        _ => null,
    };
}
