using Pellucid.Tensors;

namespace Pellucid.Models.Modules;

/// <summary>How weights start. Each is a function of (key of the parameter, element), so the order of construction does not matter.</summary>
internal static class Initialization
{
    [ThreadStatic]
    private static bool blank;

    /// <summary>Builds a module whose weights stay zero, for a checkpoint to fill: drawing millions of random numbers only to replace them takes longer than reading the file.</summary>
    internal static T Blank<T>(Func<T> build) where T : Module
    {
        bool outer = blank;
        blank = true;
        try
        {
            return build();
        }
        finally
        {
            blank = outer;
        }
    }

    /// <summary>U(-a, a) with a = √(6 / (in + out)) (Glorot and Bengio 2010, eq. 16). Shape [O, I].</summary>
    internal static Parameter XavierUniform(int o, int i, Rng rng)
    {
        double bound = Math.Sqrt(6.0 / (i + o));
        return Make([o, i], at => (float)((2 * rng.Uniform((ulong)at) - 1) * bound));
    }

    /// <summary>N(0, deviation²).</summary>
    internal static Parameter Normal(Shape shape, double deviation, Rng rng) =>
        Make(shape, at => (float)(rng.Normal((ulong)at) * deviation));

    internal static Parameter Constant(Shape shape, float value) => Make(shape, _ => value);

    private static Parameter Make(Shape shape, Func<int, float> value) => blank ? Parameter.Zero(shape) : Parameter.Make(shape, value);
}
