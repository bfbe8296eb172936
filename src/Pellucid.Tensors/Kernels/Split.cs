namespace Pellucid.Tensors.Kernels;

/// <summary>A piece of kernel work over an index range; a struct, so that the JIT specialises and inlines it.</summary>
internal interface IRangeBody
{
    void Run(int start, int end);
}

/// <summary>Divides a range of independent rows (or columns) over the worker threads. No result may depend on how.</summary>
internal static class Split
{
    /// <summary>Runs <paramref name="body"/> over [0, count); itemWork, the elements touched per item, decides whether threads pay.</summary>
    public static void Over<TBody>(int count, long itemWork, in TBody body) where TBody : struct, IRangeBody
    {
        if (count > 0) body.Run(0, count);
    }
}
