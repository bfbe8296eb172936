namespace Pellucid.Models.Configuration;

/// <summary>A setting that does not exist, has a value that it cannot have, or a config file that cannot be read. The message is one line.</summary>
public sealed class ConfigException(string message, string? key = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The dotted key concerned; null when the failure concerns the whole file.</summary>
    public string? Key { get; } = key;
}
