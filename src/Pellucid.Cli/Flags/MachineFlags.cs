using Pellucid.Cli.Verbs;
using Pellucid.Tensors;

namespace Pellucid.Cli.Flags;

/// <summary>What of the machine is used.</summary>
internal static class MachineFlags
{
    private const int MostThreads = 256;

    public static Flag<int?> Threads() =>
        Make.WholeOrNone("--threads", "N", "processor threads; changes speed, never a result", 1, "what the machine allows", "--cpu-threads", "--num-threads");

    public static void Apply(Call call, Flag<int?> threads)
    {
        if (call.Get(threads) is not { } count) return;
        if (count > MostThreads) throw new UsageException(FormattableString.Invariant($"{threads.Name}: at most {MostThreads}, not {count}"));
        Threading.Count = count;
    }
}
