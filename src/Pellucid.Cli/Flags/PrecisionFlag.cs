using Pellucid.Cli.Verbs;
using Pellucid.Tensors;

namespace Pellucid.Cli.Flags;

/// <summary>In which precision the matrices of a model are multiplied.</summary>
internal static class PrecisionFlag
{
    public const string Name = "--precision";

    public static Flag<string> Flag() => Make.Choice(
        Name, "PRECISION",
        "how the model's matrices are held and multiplied: f32; bf16, half the memory; int8, a quarter, quantised while loading unless the folder already is; stored: as in the folder",
        ["stored", "f32", "bf16", "int8"]);

    /// <summary>The precision asked for, or null for the folder's own.</summary>
    public static Precision? Of(Call call, Flag<string> flag) => call.Get(flag) switch
    {
        "f32" => Precision.Float32,
        "bf16" => Precision.BFloat16,
        "int8" => Precision.Int8,
        _ => null,
    };
}
