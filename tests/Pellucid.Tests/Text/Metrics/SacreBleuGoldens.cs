using System.Globalization;
using System.Text.Json;

namespace Pellucid.Tests.Text.Metrics;

/// <summary>Results made by sacreBLEU, which lie beside the repository and are not part of it; tests that need them say so and skip.</summary>
internal static class SacreBleuGoldens
{
    public static string Folder { get; } = Find();

    /// <summary>The short names of the systems: "LIUM-NMT.4900" for newstest2017.LIUM-NMT.4900.en-de.</summary>
    public static readonly string[] Systems =
    [
        "C-3MA.4959", "FBK.4870", "KIT.4950", "LIUM-NMT.4900", "LMU-nmt-reranked.4934",
        "LMU-nmt-single.4893", "PROMT-Rule-based.4735", "online-A.0", "online-B.0", "online-G.0",
    ];

    public static TheoryData<string> SystemNames() => [.. Systems];

    public static string[] Hypotheses(string system) => Lines($"newstest2017.{system}.en-de.hyp.de");

    public static string[] References() => Lines("ref0.de");

    /// <summary>Everything computed for one system.</summary>
    public static JsonElement Computed(string system) =>
        Json("computed-scores.json").GetProperty("wmt17-en-de").GetProperty($"newstest2017.{system}.en-de");

    /// <summary>A published score of the table, by the beginning of its metric's name; null where none was published.</summary>
    public static double? Published(string system, string metric)
    {
        RequireFolder();
        foreach (var line in File.ReadLines(Path.Combine(Folder, "known-scores-wmt17-en-de.tsv")).Skip(1))
        {
            var cells = line.Split('\t');
            if (cells[0] == $"newstest2017.{system}.en-de" && cells[1].StartsWith(metric, StringComparison.Ordinal))
            {
                return double.Parse(cells[2], CultureInfo.InvariantCulture);
            }
        }

        return null;
    }

    public static JsonElement Json(string file)
    {
        RequireFolder();
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file)));
        return document.RootElement.Clone();
    }

    public static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    public static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    // File.ReadAllLines would drop the U+FEFF that online-A begins with, and it is part of that system's first word.
    private static string[] Lines(string file)
    {
        RequireFolder();
        var text = new System.Text.UTF8Encoding(false).GetString(File.ReadAllBytes(Path.Combine(Folder, "wmt17-en-de", file)));
        return text.TrimEnd('\n').Split('\n');
    }

    private static void RequireFolder()
    {
        if (!Directory.Exists(Folder)) Assert.Skip("sacreBLEU's goldens (shared/goldens/sacrebleu) are not beside the repository.");
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Pellucid.slnx"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? "", "..", "shared", "goldens", "sacrebleu");
    }
}
