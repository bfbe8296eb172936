namespace Pellucid.Explain.Walks;

/// <summary>Content as plain text: no colour, columns aligned, everything escaped that a terminal would obey.</summary>
public static class ContentText
{
    private const string Margin = "  ", Between = "  ";

    /// <summary>Writes the content and an empty line.</summary>
    public static void Write(TextWriter output, StepContent content)
    {
        output.WriteLine(Printable.Escape(content.Heading));
        if (content.Heading.StartsWith(content.Id, StringComparison.Ordinal) == false)
            output.WriteLine(Margin + Printable.Escape(content.Id));
        foreach (string sentence in content.Sentences)
            output.WriteLine(Margin + Printable.Escape(sentence));
        int width = content.Facts.Select(fact => Printable.Width(fact.Name)).DefaultIfEmpty(0).Max();
        foreach (var (name, text) in content.Facts)
            output.WriteLine($"{Margin}{name}{new string(' ', width - Printable.Width(name))}  {Printable.Escape(text)}");
        if (content.Table is { } table)
            Write(output, table);
        foreach (string note in content.Notes)
            output.WriteLine(Margin + Printable.Escape(note));
        foreach (var (caption, part) in content.Parts)
        {
            output.WriteLine(Margin + Printable.Escape(caption));
            Write(output, part);
        }
        foreach (var (name, text) in content.Examples)
            output.WriteLine($"{Margin}{(name.Length > 0 ? Printable.Escape(name) + " " : "")}{Printable.Escape(text)}");
        output.WriteLine();
    }

    /// <summary>Writes a table alone; its lines have the same columns.</summary>
    public static void Write(TextWriter output, ContentTable table)
    {
        string[][] cells = [.. table.Rows.Prepend(table.Headings).Select(row => row.Select(Printable.Escape).ToArray())];
        int[] widths = [.. Enumerable.Range(0, table.Headings.Count).Select(column => cells.Max(row => Printable.Width(row[column])))];
        foreach (string[] row in cells)
        {
            var padded = row.Select((cell, column) =>
            {
                string blanks = new(' ', widths[column] - Printable.Width(cell));
                return table.IsNumber[column] ? blanks + cell : cell + blanks;
            });
            output.WriteLine((Margin + Margin + string.Join(Between, padded)).TrimEnd(' '));
        }
    }
}
