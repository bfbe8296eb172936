using Pellucid.Tensors;

namespace Pellucid.Explain.Traces;

/// <summary>What recordings read off operations and write into a trace.</summary>
internal static class Recorded
{
    /// <summary>What an op handed out under this name.</summary>
    /// <exception cref="InvalidOperationException">It handed out nothing of the kind.</exception>
    internal static Tensor Part(IReadOnlyList<(string Name, Tensor Value)> parts, string name)
    {
        foreach (var (part, value) in parts)
            if (part == name)
                return value;
        throw new InvalidOperationException($"an op did not hand out '{name}'; was it recorded by a recorder that wants intermediates?");
    }

    /// <summary>The constants of an operation's formula.</summary>
    internal static Dictionary<string, double> Numbers(params ReadOnlySpan<(string Name, double Value)> numbers)
    {
        var all = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in numbers)
            all[name] = value;
        return all;
    }
}
