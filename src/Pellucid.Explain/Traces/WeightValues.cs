using Pellucid.Tensors;

namespace Pellucid.Explain.Traces;

/// <summary>The numbers of weights for readers.</summary>
internal static class WeightValues
{
    /// <summary>
    /// A weight's values, row-major. Of a packed weight the copy that all traces share: reading the parameter itself would keep a second form of it in the model.
    /// Nobody may change them.
    /// </summary>
    public static float[] Of(Parameter parameter) => parameter.Packed is { } packed ? TraceBuilder.Unpack(packed) : parameter.ToArray();
}
