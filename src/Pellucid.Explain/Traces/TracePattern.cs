namespace Pellucid.Explain.Traces;

/// <summary>
/// Which tensors of a trace keep their values: names or patterns separated by commas, <c>encoder.*.weights,output.logits</c>.
/// <c>*</c> as a whole segment stands for one segment or more, within a segment for any characters; <c>**</c> for any number of segments, also none;
/// <c>?</c> for one character. A pattern that begins with <c>!</c> takes away what it matches: <c>**,!**.bias</c>.
/// </summary>
public sealed class TracePattern
{
    private const int Longest = 2000;

    private readonly (bool Adds, string Text, string[] Segments)[] parts;

    private TracePattern(string text)
    {
        Text = text;
        parts = [.. text.Split(',').Select(part => part.Trim()).Where(part => part.Length > 0).Select(part => (part[0] != '!', part, part.TrimStart('!').Split('.')))];
    }

    /// <summary>Every tensor, weights too.</summary>
    public static TracePattern All { get; } = new("**");

    /// <summary>What the run computed, without the weights.</summary>
    public static TracePattern Computed { get; } = new("**,!**.weight,!**.bias");

    /// <summary>No values: the graph alone.</summary>
    public static TracePattern None { get; } = new("");

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <exception cref="ArgumentException">The text names nothing, holds an empty segment, or is too long for a pattern.</exception>
    public static TracePattern Parse(string text)
    {
        if (text.Length > Longest)
            throw new ArgumentException($"a pattern of {text.Length} characters; {Longest} is the most.");
        var pattern = new TracePattern(text);
        if (!Array.Exists(pattern.parts, part => part.Adds))
            throw new ArgumentException($"'{text}' names no tensor; '**' means all of them.");
        if (Array.Find(pattern.parts, part => Array.Exists(part.Segments, segment => segment.Length == 0)) is { Text: { } empty })
            throw new ArgumentException($"'{empty}' has an empty segment; names are like encoder.0.self_attention.weights.");
        return pattern;
    }

    /// <summary>Whether the tensor of this name keeps its values.</summary>
    public bool Captures(string name)
    {
        bool captured = false;
        string[] segments = name.Split('.');
        foreach (var (adds, _, pattern) in parts)
            if (captured != adds && Matches(pattern, segments))
                captured = adds;
        return captured;
    }

    /// <summary>The parts of the pattern that match none of these names: misspelt, as a rule.</summary>
    public IReadOnlyList<string> Unmatched(IReadOnlyCollection<string> names)
    {
        string[][] all = [.. names.Select(name => name.Split('.'))];
        return [.. parts.Where(part => !Array.Exists(all, name => Matches(part.Segments, name))).Select(part => part.Text)];
    }

    public override string ToString() => Text;

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> name)
    {
        if (pattern.IsEmpty)
            return name.IsEmpty;
        if (pattern[0] is "*" or "**")
        {
            for (int taken = pattern[0] == "*" ? 1 : 0; taken <= name.Length; taken++)
                if (Matches(pattern[1..], name[taken..]))
                    return true;
            return false;
        }
        return !name.IsEmpty && SegmentMatches(pattern[0], name[0]) && Matches(pattern[1..], name[1..]);
    }

    private static bool SegmentMatches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> segment)
    {
        if (pattern.IsEmpty)
            return segment.IsEmpty;
        if (pattern[0] == '*')
        {
            for (int taken = 0; taken <= segment.Length; taken++)
                if (SegmentMatches(pattern[1..], segment[taken..]))
                    return true;
            return false;
        }
        return !segment.IsEmpty && (pattern[0] == '?' || pattern[0] == segment[0]) && SegmentMatches(pattern[1..], segment[1..]);
    }
}
