using System.Globalization;
using Pellucid.Cli.Verbs;
using Pellucid.Tensors;

namespace Pellucid.Cli.Flags;

/// <summary>What of the machine is used.</summary>
internal static class MachineFlags
{
    private const int MostThreads = 256;
    private const string ThreadsVariable = "PELLUCID_THREADS";

    public static Flag<int?> Threads() =>
        Make.WholeOrNone("--threads", "N", "processor threads; changes speed, never a result", 1, "what the machine allows", "--cpu-threads", "--num-threads");

    /// <summary>The environment's number of threads must be one, also where a flag overrides it.</summary>
    public static void CheckEnvironment(Terminal terminal)
    {
        if (terminal.Variable(ThreadsVariable) is { Length: > 0 } text
            && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostThreads))
            throw new UsageException(FormattableString.Invariant($"the environment variable {ThreadsVariable} is '{text}'; a whole number from 1 to {MostThreads} is wanted, or nothing at all"));
    }

    public static void Apply(Call call, Flag<int?> threads)
    {
        if (call.Get(threads) is not { } count) return;
        if (count > MostThreads) throw new UsageException(FormattableString.Invariant($"{threads.Name}: at most {MostThreads}, not {count}"));
        Threading.Count = count;
    }
}
