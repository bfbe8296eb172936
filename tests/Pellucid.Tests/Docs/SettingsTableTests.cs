using Pellucid.Models.Architectures;
using Pellucid.Training.Configuration;

namespace Pellucid.Tests.Docs;

/// <summary>docs/checkpoint-format.md lists the settings that there are, with the defaults that they have.</summary>
public sealed class SettingsTableTests
{
    private readonly MarkdownPage page = MarkdownPage.Read("docs/checkpoint-format.md");

    [Fact]
    public void EverySettingStandsInTheTable()
    {
        var defaults = new TrainConfig();
        string[] expected = ["| key | values | default | meaning |", "|---|---|---|---|", .. TrainSchema.Schema.Options.Select(option =>
            $"| `{option.Key}` | {option.Type.Replace("|", "\\|")} | {(option.Text(defaults) is { Length: > 0 } text && !option.ComesFirst ? $"`{text}`" : "")} | {option.Description} |")];
        string[] shown = [.. page.Prose.SkipWhile(line => !line.StartsWith("| key |", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith('|'))];
        Assert.True(expected.SequenceEqual(shown), $"{page.Path}: the table of settings, in the order of TrainSchema, lacks\n{string.Join('\n', expected.Except(shown))}\nand has too much\n{string.Join('\n', shown.Except(expected))}");
    }

    [Fact]
    public void EveryPresetStandsInTheTable()
    {
        foreach (var (name, preset) in TransformerConfig.Presets)
            Assert.Contains($"| `{name}` | {preset.Width} | {preset.Heads} | {preset.HiddenWidth} | {preset.EncoderLayers} + {preset.DecoderLayers} |", page.Prose);
    }
}
