using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Modules;

/// <summary>Dropout as an argument: without a generator (evaluation) nothing happens; with one, each named site draws its own mask.</summary>
internal static class DropoutSites
{
    internal static Tensor DropoutIf(this Tensor x, Rng? rng, string site, float probability) =>
        At(rng, site, probability) is { } at ? x.Dropout(at.Probability, at.Key) : x;

    /// <summary>The named site for an op that drops out on the way; null where nothing is dropped.</summary>
    internal static DropoutSite? At(Rng? rng, string site, float probability) =>
        rng is { } key && probability > 0 ? new DropoutSite(probability, key.Split(site)) : null;
}
