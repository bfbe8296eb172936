namespace Pellucid.Cli.Flags;

/// <summary>Which model is meant.</summary>
internal static class ModelFolder
{
    private const string Bundled = "en-es";

    public static Flag<string?> Flag() =>
        Make.TextOr("--model", "FOLDER", "models/en-es of this repository", "a model folder, or a run folder that train wrote", "-m", "--checkpoint", "--path");

    /// <summary>The folder that was named, or the bundled model.</summary>
    /// <exception cref="FailureException">There is no such folder, or no bundled model.</exception>
    public static string Find(string? named)
    {
        if (named is null) return FindBundled() ?? throw new FailureException("no model is bundled with this copy of pellucid (models/en-es beside Pellucid.slnx); name one with --model FOLDER");
        if (Directory.Exists(named)) return named;
        throw new FailureException(File.Exists(named)
            ? $"{named}: is a file; --model takes the folder that holds config.json, tokenizer.json and model.safetensors"
            : $"{named}: there is no such model folder");
    }

    /// <summary>A tokenizer file from what was named: the file itself, or the tokenizer.json of a model folder.</summary>
    public static string FindTokenizer(string? named) =>
        named is not null && !Directory.Exists(named) ? named : Path.Combine(Find(named), "tokenizer.json");

    // The repository's root, from the executable upwards and then from the current folder upwards.
    private static string? FindBundled()
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)))
            {
                var model = Path.Combine(folder, "models", Bundled);
                if (File.Exists(Path.Combine(folder, "Pellucid.slnx")) && Directory.Exists(model)) return model;
            }
        }
        return null;
    }
}
