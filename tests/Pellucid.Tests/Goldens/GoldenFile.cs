using System.Text.Json;
using Pellucid.Models.Checkpoints;
using Pellucid.Models.Modules;
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

    /// <summary>Puts weight.NAME into the module's parameter of that name; the names on both sides must be the same.</summary>
    public void Fill(Module module)
    {
        var parameters = module.Parameters().ToDictionary();
        Assert.Equal(Under("weight."), parameters.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, parameter) in parameters)
            parameter.Assign(Floats($"weight.{name}"));
    }

    /// <summary>
    /// The gradient of every parameter, by name. A key's bias shifts all scores of a query alike, and softmax ignores that: its gradient is
    /// zero in exact arithmetic and rounding noise in any other, so it is measured against the gradient of the query's bias.
    /// </summary>
    public void CheckGradients(Module module, string prefix, Agreement agreement)
    {
        var parameters = module.Parameters().ToDictionary();
        Assert.Equal(Under(prefix), parameters.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, parameter) in parameters)
        {
            double? scale = name.EndsWith("key.bias", StringComparison.Ordinal)
                ? Floats(prefix + name.Replace("key.bias", "query.bias", StringComparison.Ordinal)).Max(MathF.Abs)
                : null;
            agreement.Check($"gradient of {name}", Floats(prefix + name), parameter.Gradient.Values, scale);
        }
    }

    /// <summary>The rows [b, t, ...] with t below the length of item b, the ones that are not padding.</summary>
    public float[] RealRows(string key, int[] lengths) => RealRows(Tensor(key), lengths);

    public static float[] RealRows(Tensor tensor, int[] lengths)
    {
        int width = tensor.Shape[^1], longest = tensor.Shape[1];
        return [.. tensor.ToArray().Chunk(width).Where((_, row) => row % longest < lengths[row / longest]).SelectMany(row => row)];
    }

    public void Dispose() => file.Dispose();
}
