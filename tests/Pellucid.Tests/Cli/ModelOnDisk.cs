using Pellucid.Tests.Models.Checkpoints;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Cli;

/// <summary>A model folder and room for files, shared by the tests of a class.</summary>
public sealed class ModelOnDisk : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ModelOnDisk()
    {
        Model = folder.File("model");
        SmallModel.New().Save(Model);
    }

    public string Model { get; }

    public string Path(string name) => folder.File(name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    /// <summary>A copy of the model with its weights' bytes changed.</summary>
    public string Damaged(string name, Func<byte[], byte[]> damage)
    {
        Directory.CreateDirectory(Path(name));
        foreach (string file in Directory.GetFiles(Model))
            File.Copy(file, System.IO.Path.Combine(Path(name), System.IO.Path.GetFileName(file)), overwrite: true);
        string weights = System.IO.Path.Combine(Path(name), "model.safetensors");
        File.WriteAllBytes(weights, damage(File.ReadAllBytes(weights)));
        return Path(name);
    }

    public void Dispose() => folder.Dispose();
}
