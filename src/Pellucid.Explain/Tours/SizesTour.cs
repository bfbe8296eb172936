using Pellucid.Explain.Calculators;
using Pellucid.Models.Architectures;
using static Pellucid.Explain.Tours.TourBuilder;

namespace Pellucid.Explain.Tours;

/// <summary>Tour d: 512 into 8 heads of 64, 512 to 2048 and back, and what BERT's 768 and GPT-3's 12,288 mean in parameters, work and bytes.</summary>
internal static class SizesTour
{
    private const int Length = 4;

    internal static Tour Make()
    {
        var tour = new TourBuilder("sizes");
        var config = TransformerConfig.Base;
        tour.Weight("x", "B T D", 1, Length, config.Width);
        tour.SplitHeads("heads", "B T H K", "x", config.Heads);
        tour.Step("heads", "D = H · K", [View("x"), View("heads", null, null, ("T", 0))], numbers: new() { ["width"] = config.Width, ["heads"] = config.Heads, ["head_width"] = config.HeadWidth });

        tour.Weight("feed_forward.hidden.weight", "F D", config.HiddenWidth, config.Width);
        tour.Weight("feed_forward.output.weight", "D F", config.Width, config.HiddenWidth);
        tour.Linear("feed_forward.hidden", "B T F", "x", "feed_forward.hidden.weight");
        tour.Relu("feed_forward.activated", "B T F", "feed_forward.hidden");
        tour.Linear("feed_forward.output", "B T D", "feed_forward.activated", "feed_forward.output.weight");
        tour.Forget("feed_forward.hidden.weight");
        tour.Forget("feed_forward.output.weight");
        tour.Step("feed_forward", "f(x W₁ᵀ + b₁) W₂ᵀ + b₂", [View("feed_forward.hidden"), View("feed_forward.activated"), View("feed_forward.output")],
            numbers: new() { ["width"] = config.Width, ["hidden"] = config.HiddenWidth, ["weights"] = 2.0 * config.Width * config.HiddenWidth + config.HiddenWidth + config.Width });

        var known = KnownModel.All;
        tour.Given("models", "O I", [known.Count, 6], [.. known.SelectMany(Row)]);
        tour.Step("models", null, [new TourView("models", [.. known.Select(model => LocalText.Same(model.Name))], [.. Columns.Select(column => TourTexts.Of($"sizes.column.{column}"))], new Dictionary<string, int>())]);
        foreach (string name in new[] { "base", "bert-base", "gpt3-175b" })
            tour.Step(name, null, [], numbers: Numbers(KnownModel.Find(name)!));
        return tour.Build();
    }

    private static readonly string[] Columns = ["width", "heads", "head_width", "hidden_width", "layers", "parameters"];

    private static IEnumerable<float> Row(KnownModel model)
    {
        var plan = model.Plan;
        return [plan.Width, plan.Heads, plan.Width / plan.Heads, plan.HiddenWidth, plan.EncoderLayers + plan.DecoderLayers, (float)(ModelCost.Of(plan).ParameterCount / 1e6)];
    }

    private static Dictionary<string, double> Numbers(KnownModel model)
    {
        var (plan, cost) = (model.Plan, ModelCost.Of(model.Plan, 512));
        double flops = cost.SourceToken.Concat(cost.TargetToken).Sum(part => part.Value);
        return new()
        {
            ["width"] = plan.Width, ["heads"] = plan.Heads, ["head_width"] = plan.Width / plan.Heads, ["hidden"] = plan.HiddenWidth, ["layers"] = plan.EncoderLayers + plan.DecoderLayers,
            ["parameters"] = cost.ParameterCount, ["published"] = model.Published!.Parameters, ["megaflops"] = Math.Round(flops / 1e6), ["gigaflops"] = Math.Round(flops / 1e9, 1),
            ["hundred_megaflops"] = Math.Round(flops / 1e8, 2), // in Chinese numbers go by 10^4 and 10^8
            ["gigabytes"] = Math.Round(4.0 * cost.ParameterCount / 1e9, 3),
        };
    }
}
