using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Pellucid.Tensors;

namespace Pellucid.Bench;

/// <summary>What a process held at most, and by how much that grew from the start of the watch.</summary>
/// <param name="Resident">Bytes of the whole process, runtime included.</param>
/// <param name="Growth">Bytes that came on top while watching.</param>
internal readonly record struct MemoryPeak(long Resident, long Growth)
{
    private const string Status = "/proc/self/status";
    private const string ClearRefs = "/proc/self/clear_refs";

    /// <summary>The peak while <paramref name="work"/> runs, on a heap that was emptied first.</summary>
    public static MemoryPeak Of(Action work)
    {
        Arena.Shared.Trim();
        BufferPool.Clear();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ForgetPeak();
        var before = Now();
        work();
        var peak = Peak();
        return new(peak, Math.Max(0, peak - before));
    }

    private static long Now() => Line("VmRSS:") ?? Process.GetCurrentProcess().WorkingSet64;

    private static long Peak() => Line("VmHWM:") ?? Process.GetCurrentProcess().PeakWorkingSet64;

    /// <summary>Linux: lets the peak begin anew from what is resident now (proc(5), clear_refs). Elsewhere the peak is that of the whole run.</summary>
    private static void ForgetPeak()
    {
        try
        {
            if (File.Exists(ClearRefs)) File.WriteAllText(ClearRefs, "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A container may forbid it; then the peak is that of the whole run.
        }
    }

    private static long? Line(string key)
    {
        if (!File.Exists(Status)) return null;
        foreach (var line in File.ReadLines(Status))
        {
            if (!line.StartsWith(key, StringComparison.Ordinal)) continue;
            var kibibytes = line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            return long.TryParse(kibibytes, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value << 10 : null;
        }
        return null;
    }
}
