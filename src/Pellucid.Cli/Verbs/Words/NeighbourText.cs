using System.Globalization;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Output;
using Pellucid.Words;

namespace Pellucid.Cli.Verbs.Words;

/// <summary>Words with their scores, one a line.</summary>
internal static class NeighbourText
{
    public static Flag<int> Count() => Make.Whole("--count", "N", "words to give", 1, 10, "--topn", "-n");

    public static Flag<bool> Json() => Make.Switch("--json", "one JSON object a line, with the score in full");

    /// <param name="asked">Begins each line; null where only one thing was asked.</param>
    public static void Write(Terminal terminal, IEnumerable<WordScore> scores, bool isJson, string? asked = null)
    {
        foreach (var (word, score) in scores)
            terminal.Output.WriteLine(isJson ? Object(word, score, asked) : (asked is null ? "" : terminal.Shown(asked) + "\t") + terminal.Shown(word) + "\t" + score.ToString("0.0000", CultureInfo.InvariantCulture));
    }

    private static string Object(string word, double score, string? asked) => JsonLine.Write(json =>
    {
        if (asked is not null) json.WriteString("asked", asked);
        json.WriteString("word", word);
        json.WriteNumber("score", score);
    });
}
