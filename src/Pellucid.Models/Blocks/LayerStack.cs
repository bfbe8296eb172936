using System.Globalization;
using Pellucid.Models.Architectures;
using Pellucid.Models.Modules;
using Pellucid.Tensors;
using Pellucid.Tensors.Recording;

namespace Pellucid.Models.Blocks;

/// <summary>L equal layers one after the other; with pre-norm a final norm follows them (<c>norm</c>). <c>[B, T, D]</c> in and out.</summary>
public sealed class LayerStack<TLayer> : Module where TLayer : Module
{
    private readonly Sequence layers;
    private readonly LayerNorm? norm;

    internal LayerStack(TransformerConfig config, int count, Rng rng, Func<Rng, TLayer> make)
    {
        layers = Add("layers", new Sequence(count, rng, make));
        norm = config.Norm == NormPlacement.Before ? Add("norm", new LayerNorm(config.Width)) : null;
    }

    public IReadOnlyList<TLayer> Layers => layers.Items;

    /// <summary>Runs each layer by <paramref name="apply"/>, which gets the layer, its input and its own random key.</summary>
    internal Tensor Forward(Tensor x, Rng? dropout, Func<TLayer, Tensor, Rng?, Tensor> apply)
    {
        using (Recorder.Enter("layers"))
            for (int i = 0; i < Layers.Count; i++)
            {
                using var layer = Recorder.Enter(i.ToString(CultureInfo.InvariantCulture));
                x = apply(Layers[i], x, dropout?.Split((ulong)i));
            }
        if (norm is null)
            return x;
        using var scope = Recorder.Enter("norm");
        return norm.Forward(x);
    }

    private sealed class Sequence : Module
    {
        internal Sequence(int count, Rng rng, Func<Rng, TLayer> make)
        {
            for (int i = 0; i < count; i++)
                Items.Add(Add(i.ToString(CultureInfo.InvariantCulture), make(rng.Split((ulong)i))));
        }

        internal List<TLayer> Items { get; } = [];
    }
}
