using Pellucid.Cli.Verbs;
using Pellucid.Models.Configuration;
using Pellucid.Text.Metrics;

namespace Pellucid.Cli.Flags;

/// <summary>Which metrics with which settings; names and defaults are sacreBLEU's.</summary>
internal sealed class MetricFlags
{
    private readonly Flag<string?> _metrics;
    private readonly Flag<string> _tokenizer;
    private readonly Flag<string> _smoothing;
    private readonly Flag<double?> _smoothingValue;
    private readonly Flag<bool> _lowercase;
    private readonly Flag<bool> _caseSensitiveTer;

    public MetricFlags(FlagList list)
    {
        list.Heading("Metrics");
        _metrics = list.Add(Make.TextOr("--metrics", "NAMES", "bleu,chrf,ter", $"with commas between: {string.Join(", ", Metric.Names)}"));
        _tokenizer = list.Add(Make.Choice("--tokenize", "NAME", "how BLEU cuts words", [.. BleuTokenizer.All.Select(tokenizer => tokenizer.Name)], "--bleu-tokenize", "-tok"));
        _smoothing = list.Add(Make.Choice("--smooth-method", "NAME", "BLEU's smoothing", ["exp", "floor", "add-k", "none"], "--smooth"));
        _smoothingValue = list.Add(Make.NumberOrNone("--smooth-value", "X", "for floor and add-k", 0, double.PositiveInfinity, "0.1 and 1"));
        _lowercase = list.Add(Make.Switch("--lowercase", "BLEU and chrF ignore case (TER always does unless --case-sensitive-ter)", "-lc"));
        _caseSensitiveTer = list.Add(Make.Switch("--case-sensitive-ter", "TER looks at case"));
    }

    /// <exception cref="UsageException">There is no such metric, or the settings contradict each other.</exception>
    public IReadOnlyList<Metric> Metrics(Call call)
    {
        var names = (call.Get(_metrics) ?? "bleu,chrf,ter").ToLowerInvariant().Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length == 0) throw new UsageException($"{_metrics.Name} names no metric; there is: {string.Join(", ", Metric.Names)}");
        return [.. names.Select(name => Create(call, name))];
    }

    private Metric Create(Call call, string name)
    {
        var lowercase = call.Get(_lowercase);
        return name switch
        {
            "bleu" => new Bleu(new() { Tokenizer = BleuTokenizer.ByName(call.Get(_tokenizer)), Smoothing = Smoothing(call), Lowercase = lowercase }),
            "chrf" => new ChrF(new() { Lowercase = lowercase }),
            "chrf++" => new ChrF(ChrFOptions.PlusPlus with { Lowercase = lowercase }),
            "ter" => new Ter(new() { CaseSensitive = call.Get(_caseSensitiveTer) }),
            _ => throw new UsageException($"there is no metric '{name}'{NearestName.Hint(name, Metric.Names)} (there is: {string.Join(", ", Metric.Names)})"),
        };
    }

    private BleuSmoothing Smoothing(Call call)
    {
        try
        {
            return BleuSmoothing.ByName(call.Get(_smoothing), call.Get(_smoothingValue));
        }
        catch (ArgumentException error)
        {
            throw new UsageException(Failures.Line(error));
        }
    }
}
