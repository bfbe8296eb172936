using System.Text;

namespace Pellucid.Explain.Walks;

/// <summary>Content as Markdown with tables; tokens cannot become markup.</summary>
public static class ContentMarkdown
{
    /// <summary>Writes the content and an empty line.</summary>
    public static void Write(TextWriter output, StepContent content)
    {
        output.WriteLine($"### {Escape(content.Heading)}\n");
        if (!content.Heading.StartsWith(content.Id, StringComparison.Ordinal))
            output.WriteLine($"{Code(content.Id)}\n");
        foreach (string sentence in content.Sentences)
            output.WriteLine($"{Escape(sentence)}\n");
        foreach (var (name, text) in content.Facts)
            output.WriteLine($"* {Escape(name)}: {Code(text)}");
        if (content.Facts.Count > 0)
            output.WriteLine();
        if (content.Table is { } table)
            Write(output, table);
        foreach (string note in content.Notes)
            output.WriteLine($"{Escape(note)}\n");
        foreach (var (caption, part) in content.Parts)
        {
            output.WriteLine($"{Escape(caption)}\n");
            Write(output, part);
        }
        foreach (var (name, text) in content.Examples)
            output.WriteLine($"{(name.Length > 0 ? Code(name) + " " : "")}{Code(text)}\n");
    }

    private static void Write(TextWriter output, ContentTable table)
    {
        output.WriteLine(Row(table.Headings));
        output.WriteLine($"|{string.Concat(table.IsNumber.Select(isNumber => isNumber ? " ---: |" : " --- |"))}");
        foreach (var row in table.Rows)
            output.WriteLine(Row(row));
        output.WriteLine();
    }

    /// <summary>A text that shows as it is, whatever it holds.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in Printable.Escape(text))
        {
            switch (c)
            {
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '&': escaped.Append("&amp;"); break;
                case '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '~' or '$' or '!': escaped.Append('\\').Append(c); break;
                default: escaped.Append(c); break;
            }
        }
        return escaped.ToString();
    }

    private static string Row(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells.Select(Escape))} |";

    /// <summary>A code span whose fence is longer than any run of backticks in it.</summary>
    private static string Code(string text)
    {
        text = Printable.Escape(text);
        int longest = 0, run = 0;
        foreach (char c in text)
            longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        string fence = new('`', longest + 1);
        return longest > 0 ? $"{fence} {text} {fence}" : $"{fence}{text}{fence}";
    }
}
