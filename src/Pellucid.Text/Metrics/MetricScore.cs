using System.Reflection;

namespace Pellucid.Text.Metrics;

/// <summary>A score with all that is needed to read it and to get it again.</summary>
/// <param name="Name">The metric as sacreBLEU prints it, for example BLEU or chrF2++.</param>
/// <param name="Score">The score as a percentage (0 to 100; TER may exceed 100).</param>
/// <param name="Signature">
/// sacreBLEU's signature of the settings. Its <c>version</c> names the sacreBLEU whose algorithm is reproduced,
/// because that is what decides whether two scores may be compared; <see cref="Tool"/> says which program computed it.
/// </param>
public abstract record MetricScore(string Name, double Score, string Signature)
{
    /// <summary>The program and version that computed this score.</summary>
    public static string Tool { get; } = "Pellucid " + ToolVersion();

    /// <summary>What sacreBLEU prints after the score; empty where it prints nothing.</summary>
    public virtual string Details => "";

    /// <summary>sacreBLEU's line without the signature: <c>BLEU = 26.60 58.9/32.3/20.1/13.0 (BP = ...)</c>.</summary>
    /// <param name="digits">Digits after the point of the score.</param>
    public string Format(int digits = 2) => Line(Name, digits);

    /// <summary>sacreBLEU's line with the signature: <c>BLEU|nrefs:1|case:mixed|... = 26.6 58.9/32.3/...</c>.</summary>
    /// <param name="digits">Digits after the point of the score; sacreBLEU's command line prints one.</param>
    public string FormatWithSignature(int digits = 2) => Line($"{Name}|{Signature}", digits);

    /// <summary><see cref="Format"/> with two digits.</summary>
    public sealed override string ToString() => Format();

    private string Line(string name, int digits)
    {
        var line = $"{name} = {PythonText.Fixed(Score, digits)}";
        return Details.Length == 0 ? line : $"{line} {Details}";
    }

    private static string ToolVersion()
    {
        var version = typeof(MetricScore).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        var build = version.IndexOf('+'); // what follows is a commit, which varies between builds of one version
        return build < 0 ? version : version[..build];
    }
}
