using System.Globalization;
using System.Runtime.InteropServices;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Bench;

/// <summary>The machine that figures belong to.</summary>
internal sealed record MachineDescription(string Processor, int Cores, string Vectors, long CacheBytes, string Runtime, string System)
{
    public static MachineDescription Here { get; } = new(
        ProcessorName(), Environment.ProcessorCount, Machine.Vectors, ReadBuffer.LastLevelCacheBytes(), RuntimeInformation.FrameworkDescription,
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}");

    /// <summary>One line: processor, cores that this process may use, vectors, cache, runtime, system.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Processor}, {Cores} core{(Cores == 1 ? "" : "s")}, {Vectors}, {CacheBytes >> 20} MiB last-level cache, {Runtime}, {System}");

    private static string ProcessorName()
    {
        if (OperatingSystem.IsWindows()) return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
        try
        {
            string[] wanted = ["model name", "vendor_id", "cpu family", "model", "CPU implementer", "CPU part"];
            var found = new Dictionary<string, string>();
            foreach (var line in File.ReadLines("/proc/cpuinfo"))
            {
                var parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
                if (parts.Length == 2 && wanted.Contains(parts[0])) found.TryAdd(parts[0], parts[1]);
            }
            if (found.TryGetValue("model name", out var name))
                return found.TryGetValue("cpu family", out var family) && found.TryGetValue("model", out var model) ? $"{name} (family {family}, model {model})" : name;
            if (found.TryGetValue("CPU implementer", out var maker)) return $"Arm processor (implementer {maker}, part {found.GetValueOrDefault("CPU part", "unknown")})";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Neither Linux nor a name that a file tells.
        }
        return $"unknown {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()} processor";
    }
}
