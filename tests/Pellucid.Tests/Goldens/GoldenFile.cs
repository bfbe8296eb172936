using System.Text.Json;
using Pellucid.Models.Checkpoints;
using Pellucid.Tensors;

namespace Pellucid.Tests.Goldens;

/// <summary>A file of reference numbers from PyTorch. The Python that made it lies beside it in the source tree.</summary>
internal sealed class GoldenFile : IDisposable
{
    private readonly SafetensorsFile file;

    private GoldenFile(SafetensorsFile file) => this.file = file;

    public IEnumerable<string> Keys => file.Entries.Select(entry => entry.Name);

    public static GoldenFile Open(string name) => new(SafetensorsFile.Open(PathOf(name + ".safetensors")));

    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Goldens", file);

    /// <summary>The keys that begin with a prefix, as what follows it.</summary>
    public IEnumerable<string> Under(string prefix) =>
        Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => key[prefix.Length..]).Order(StringComparer.Ordinal);

    public bool Has(string key) => file.TryGet(key, out _);

    public bool IsFloat(string key) => file[key].Storage == StorageType.Float32;

    public Shape ShapeOf(string key) => Shape.Of(file[key].Shape.AsSpan());

    public float[] Floats(string key) => file.ReadFloats(key);

    public int[] Integers(string key) => Array.ConvertAll(file.ReadIntegers(key), checked(value => (int)value));

    public Tensor Tensor(string key) => Pellucid.Tensors.Tensor.From(Floats(key), ShapeOf(key));

    public Parameter Parameter(string key) => Pellucid.Tensors.Parameter.From(Floats(key), ShapeOf(key));

    public Indices Indices(string key) => Pellucid.Tensors.Indices.From(Integers(key), ShapeOf(key));

    /// <summary>What the script noted about a case.</summary>
    public JsonElement Settings(string name) => JsonElement.Parse(file.Metadata[name]);

    public void Dispose() => file.Dispose();
}
