using Pellucid.Models.Architectures;
using Pellucid.Tests.Conventions;
using Pellucid.Training.Configuration;

namespace Pellucid.Tests.Docs;

/// <summary>
/// docs/checkpoint-format.md lists the settings that there are, with the defaults that they have. After an intended change run once with
/// PELLUCID_APPROVE=1 and commit what it wrote.
/// </summary>
public sealed class SettingsTableTests
{
    private const string Path = "docs/checkpoint-format.md";

    [Fact]
    public void EverySettingStandsInTheTable()
    {
        var defaults = new TrainConfig();
        string[] expected = ["| key | values | default | meaning |", "|---|---|---|---|", .. TrainSchema.Schema.Options.Select(option =>
            $"| `{option.Key}` | {option.Type.Replace("|", "\\|")} | {(option.Text(defaults) is { Length: > 0 } text && !option.ComesFirst ? $"`{text}`" : "")} | {option.Description} |")];
        var lines = MarkdownPage.Read(Path).Lines.ToList();
        int start = lines.FindIndex(line => line.StartsWith("| key |", StringComparison.Ordinal)), end = lines.FindIndex(start, line => !line.StartsWith('|'));
        string[] shown = [.. lines[start..end]];
        if (Environment.GetEnvironmentVariable("PELLUCID_APPROVE") == "1" && !expected.SequenceEqual(shown))
        {
            File.WriteAllText(Repository.At(Path), string.Join('\n', (string[])[.. lines[..start], .. expected, .. lines[end..], ""]));
            shown = expected;
        }
        Assert.True(expected.SequenceEqual(shown), $"{Path}: the table of settings, in the order of TrainSchema, lacks\n{string.Join('\n', expected.Except(shown))}\nand has too much\n{string.Join('\n', shown.Except(expected))}");
    }

    [Fact]
    public void EveryPresetStandsInTheTable()
    {
        foreach (var (name, preset) in TransformerConfig.Presets)
            Assert.Contains($"| `{name}` | {preset.Width} | {preset.Heads} | {preset.HiddenWidth} | {preset.EncoderLayers} + {preset.DecoderLayers} |", MarkdownPage.Read(Path).Lines);
    }
}
