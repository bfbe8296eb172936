using Pellucid.Tensors;

namespace Pellucid.Bench.Workloads;

/// <summary>What weights are stored in, by the names of the command line.</summary>
internal static class Precisions
{
    public static IReadOnlyList<string> Names { get; } = ["f32", "bf16", "int8"];

    public static string NameOf(Precision precision) => Names[(int)precision];

    /// <exception cref="FormatException">There is no such precision.</exception>
    public static Precision Parse(string name)
    {
        for (var i = 0; i < Names.Count; i++)
            if (Names[i] == name) return (Precision)i;
        throw new FormatException($"there is no precision '{name}' (there is: {string.Join(", ", Names)})");
    }

    /// <summary>Bytes of a weight; the scales of rounded rows are few beside them.</summary>
    public static int BytesOf(Precision precision) => precision switch
    {
        Precision.Float32 => 4,
        Precision.BFloat16 => 2,
        _ => 1,
    };

    /// <summary>
    /// The most that products in this precision allow, in float32 GFLOP/s: bfloat16 weights are multiplied as float32; of 8-bit numbers a lane takes four
    /// at once (AVX-VNNI), where a machine has the instruction.
    /// </summary>
    public static Limit ProductsOf(Precision precision, Peaks peaks) =>
        precision == Precision.Int8 ? new(4 * peaks.Gflops, "4 x FMA peak") : new(peaks.Gflops, "FMA peak");
}
