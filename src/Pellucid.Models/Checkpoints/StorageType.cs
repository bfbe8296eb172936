namespace Pellucid.Models.Checkpoints;

/// <summary>How a tensor's elements lie in a safetensors file. The numbers in memory are always float32.</summary>
public enum StorageType
{
    Float32,
    Float16,
    BFloat16,
    Float64,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt64,
    UInt32,
    UInt16,
    UInt8,
    Bool,
}

internal static class StorageTypes
{
    // Names of the safetensors format: https://huggingface.co/docs/safetensors (section "Format").
    private static readonly (StorageType Type, string Name, int Bytes)[] Known =
    [
        (StorageType.Float32, "F32", 4),
        (StorageType.Float16, "F16", 2),
        (StorageType.BFloat16, "BF16", 2),
        (StorageType.Float64, "F64", 8),
        (StorageType.Int64, "I64", 8),
        (StorageType.Int32, "I32", 4),
        (StorageType.Int16, "I16", 2),
        (StorageType.Int8, "I8", 1),
        (StorageType.UInt64, "U64", 8),
        (StorageType.UInt32, "U32", 4),
        (StorageType.UInt16, "U16", 2),
        (StorageType.UInt8, "U8", 1),
        (StorageType.Bool, "BOOL", 1),
    ];

    public static string AllNames { get; } = string.Join(", ", Known.Select(known => known.Name));

    public static string Name(this StorageType type) => Known[(int)type].Name;

    public static int Bytes(this StorageType type) => Known[(int)type].Bytes;

    public static bool IsFloat(this StorageType type) => type <= StorageType.Float64;

    public static bool TryParse(string name, out StorageType type)
    {
        int at = Array.FindIndex(Known, known => known.Name == name);
        type = at < 0 ? default : Known[at].Type;
        return at >= 0;
    }
}
