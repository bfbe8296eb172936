using System.Text.Json;
using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;

namespace Pellucid.Models.Checkpoints;

/// <summary>
/// A <see cref="TransformerConfig"/> as the JSON object <c>model</c> of config.json. One table names every key; reading is strict:
/// an unknown key, a missing key or a value of the wrong kind is an error that names it.
/// </summary>
public static class TransformerConfigJson
{
    private static readonly Setting[] Settings =
    [
        Integer("vocabulary_size", config => config.VocabularySize, (config, value) => config with { VocabularySize = value }),
        new("source_vocabulary_size", Optional: true,
            (writer, config) => { if (config.SourceVocabularySize is { } size) writer.WriteNumberValue(size); else writer.WriteNullValue(); },
            (config, value, wrong) => config with { SourceVocabularySize = value.ValueKind == JsonValueKind.Null ? null : Integer(value, wrong) }),
        Integer("width", config => config.Width, (config, value) => config with { Width = value }),
        Integer("heads", config => config.Heads, (config, value) => config with { Heads = value }),
        Integer("hidden_width", config => config.HiddenWidth, (config, value) => config with { HiddenWidth = value }),
        Integer("encoder_layers", config => config.EncoderLayers, (config, value) => config with { EncoderLayers = value }),
        Integer("decoder_layers", config => config.DecoderLayers, (config, value) => config with { DecoderLayers = value }),
        Integer("max_length", config => config.MaxLength, (config, value) => config with { MaxLength = value }),
        Number("dropout", config => config.Dropout, (config, value) => config with { Dropout = value }),
        Number("attention_dropout", config => config.AttentionDropout, (config, value) => config with { AttentionDropout = value }),
        Number("activation_dropout", config => config.ActivationDropout, (config, value) => config with { ActivationDropout = value }),
        Choice<Activation>("activation", config => config.Activation, (config, value) => config with { Activation = value }),
        Choice<NormPlacement>("norm", config => config.Norm, (config, value) => config with { Norm = value }),
        Choice<PositionKind>("positions", config => config.Positions, (config, value) => config with { Positions = value }),
        Choice<EmbeddingTying>("tying", config => config.Tying, (config, value) => config with { Tying = value }),
        Integer("padding_id", config => config.PaddingId, (config, value) => config with { PaddingId = value }),
        Integer("begin_id", config => config.BeginId, (config, value) => config with { BeginId = value }),
        Integer("end_id", config => config.EndId, (config, value) => config with { EndId = value }),
    ];

    /// <summary>Every key, in the order in which they are written.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. Settings.Select(setting => setting.Key)];

    /// <summary>Writes the config as an object with every key.</summary>
    public static void Write(Utf8JsonWriter writer, TransformerConfig config)
    {
        writer.WriteStartObject();
        foreach (var setting in Settings)
        {
            writer.WritePropertyName(setting.Key);
            setting.Write(writer, config);
        }
        writer.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="model">The object.</param>
    /// <param name="file">The file it is from, for messages.</param>
    /// <exception cref="CheckpointException">A key is unknown (the nearest is named), missing, or of the wrong kind, or the numbers do not make a model.</exception>
    public static TransformerConfig Read(JsonElement model, string file)
    {
        if (model.ValueKind != JsonValueKind.Object)
            throw new CheckpointException(file, null, "\"model\" is not an object", $"It must hold the keys {string.Join(", ", Keys)}.");
        var config = new TransformerConfig();
        foreach (var property in model.EnumerateObject())
            config = Set(config, property.Name, property.Value, file);
        if (Settings.FirstOrDefault(setting => !setting.Optional && !model.TryGetProperty(setting.Key, out _)) is { } missing)
            throw new CheckpointException(file, null, $"\"model\" has no key \"{missing.Key}\"", "Every key is needed: a default could silently be another model.");
        try
        {
            return config.Validate();
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException(file, null, e.Message.TrimEnd('.'), "Correct the value in \"model\".", e);
        }
    }

    /// <summary>The config with one key set, as a config file or a command line gives it.</summary>
    /// <exception cref="CheckpointException">The key is unknown (the nearest is named) or the value is of the wrong kind.</exception>
    public static TransformerConfig Set(TransformerConfig config, string key, JsonElement value, string file)
    {
        var setting = Array.Find(Settings, setting => setting.Key == key) ?? throw CheckpointException.UnknownKey(file, key, Keys);
        return setting.Read(config, value, wanted => new CheckpointException(
            file, null, $"\"{key}\" in \"model\" is {CheckpointException.Printable(value.GetRawText())}", $"It must be {wanted}."));
    }

    private static Setting Integer(string key, Func<TransformerConfig, int> get, Func<TransformerConfig, int, TransformerConfig> with) =>
        new(key, false, (writer, config) => writer.WriteNumberValue(get(config)), (config, value, wrong) => with(config, Integer(value, wrong)));

    private static int Integer(JsonElement value, Func<string, CheckpointException> wrong) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw wrong("a whole number");

    private static Setting Number(string key, Func<TransformerConfig, float> get, Func<TransformerConfig, float, TransformerConfig> with) =>
        new(key, false, (writer, config) => writer.WriteNumberValue(get(config)),
            (config, value, wrong) => with(config, value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float number) && float.IsFinite(number) ? number : throw wrong("a number")));

    private static Setting Choice<T>(string key, Func<TransformerConfig, T> get, Func<TransformerConfig, T, TransformerConfig> with) where T : struct, Enum
    {
        // GeluTanh is gelu_tanh, as everywhere in files.
        var names = Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
        return new(key, false,
            (writer, config) => writer.WriteStringValue(names.First(pair => pair.Value.Equals(get(config))).Key),
            (config, value, wrong) => with(config, value.ValueKind == JsonValueKind.String && names.TryGetValue(value.GetString()!, out var choice)
                ? choice
                : throw wrong($"one of {string.Join(", ", names.Keys.Select(name => $"\"{name}\""))}")));
    }

    private sealed record Setting(
        string Key, bool Optional, Action<Utf8JsonWriter, TransformerConfig> Write,
        Func<TransformerConfig, JsonElement, Func<string, CheckpointException>, TransformerConfig> Read);
}
