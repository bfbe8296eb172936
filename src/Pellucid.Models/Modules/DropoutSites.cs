using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Modules;

/// <summary>Dropout as an argument: without a generator (evaluation) nothing happens; with one, each named site draws its own mask.</summary>
internal static class DropoutSites
{
    internal static Tensor DropoutIf(this Tensor x, Rng? rng, string site, float probability) =>
        rng is { } key && probability > 0 ? x.Dropout(probability, key.Split(site)) : x;
}
