using System.CommandLine;

namespace Pellucid.Cli.Flags;

/// <summary>What help and docs/cli.md say of a flag; the same declaration binds it.</summary>
internal interface IFlag
{
    string Name { get; }
    ICollection<string> Aliases { get; }

    /// <summary>What the value is called in help: N, FILE; null for a switch.</summary>
    string? ValueName { get; }

    string Text { get; }

    /// <summary>The value when the flag is not given, as help shows it; null to show none.</summary>
    string? DefaultText { get; }

    /// <summary>The closed set of values, if there is one.</summary>
    IReadOnlyList<string> Choices { get; }

    /// <summary>May be given more than once.</summary>
    bool Repeats { get; }

    /// <summary>The heading it stands under in help.</summary>
    string Group { get; set; }
}

/// <summary>One flag of a verb: its names, its meaning, how its text becomes a value.</summary>
internal sealed class Flag<T> : Option<T>, IFlag
{
    public Flag(string name, string? valueName, string text, params string[] aliases) : base(name, aliases)
    {
        ValueName = valueName;
        Text = text;
        Description = text;
    }

    public string? ValueName { get; }
    public string Text { get; }
    public string? DefaultText { get; init; }
    public IReadOnlyList<string> Choices { get; init; } = [];
    public bool Repeats { get; init; }
    public string Group { get; set; } = "";
}
