namespace Pellucid.Text.Metrics;

/// <summary>The settings of TER; the defaults are sacreBLEU's.</summary>
public sealed record TerOptions
{
    public bool CaseSensitive { get; init; }

    /// <summary>Separates punctuation and resolves the escapes of XML, much as BLEU's 13a does.</summary>
    public bool Normalized { get; init; }

    /// <summary>Removes punctuation.</summary>
    public bool NoPunctuation { get; init; }

    /// <summary>
    /// With <see cref="Normalized"/>: East Asian characters stand alone.
    /// With <see cref="NoPunctuation"/>: East Asian punctuation is removed too.
    /// </summary>
    public bool AsianSupport { get; init; }
}
