using System.CommandLine;

namespace Pellucid.Cli.Flags;

/// <summary>The flags of a verb in the order of its help, under headings.</summary>
internal sealed class FlagList
{
    private readonly List<IFlag> _flags = [];
    private string _group = "Options";

    public IReadOnlyList<IFlag> All => _flags;

    /// <summary>The heading of the flags that follow.</summary>
    public void Heading(string group) => _group = group;

    public Flag<T> Add<T>(Flag<T> flag)
    {
        flag.Group = _group;
        _flags.Add(flag);
        return flag;
    }

    public void Into(Command command)
    {
        foreach (var flag in _flags) command.Options.Add((Option)flag);
    }
}
