using Pellucid.Explain.Languages;

namespace Pellucid.Explain.Walks;

/// <summary>What a step or a cell shows, free of any form: a heading, sentences, named facts and a table. Terminal and Markdown write the same content. Texts are raw; who writes them escapes.</summary>
/// <param name="Heading">The first line.</param>
/// <param name="Id">The name by which it is opened again.</param>
public sealed record StepContent(string Heading, string Id)
{
    /// <summary>Sentences.</summary>
    public IReadOnlyList<string> Sentences { get; init; } = [];

    /// <summary>Names and what they are: formula, shape.</summary>
    public IReadOnlyList<(string Name, string Text)> Facts { get; init; } = [];

    /// <summary>The numbers; null when there are none to show.</summary>
    public ContentTable? Table { get; init; }

    /// <summary>Further tables below it, each with a sentence above: what went into the numbers.</summary>
    public IReadOnlyList<(string Caption, ContentTable Table)> Parts { get; init; } = [];

    /// <summary>What stands below the table: ranges that were left out, smallest and largest number.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Formulas with numbers, below everything else.</summary>
    public IReadOnlyList<(string Name, string Text)> Examples { get; init; } = [];
}

/// <summary>A table: columns with headings, the first one naming the rows. Cells of numbers stand at the right.</summary>
public sealed record ContentTable(IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<bool> IsNumber);

/// <summary>How much a step shows.</summary>
public sealed record ContentOptions
{
    /// <summary>The language of its texts.</summary>
    public Language Language { get; init; } = Language.English;

    /// <summary>Which head, which step of the generation, how many cells.</summary>
    public MatrixSelection Selection { get; init; } = new();

    /// <summary>How many terms of a sum and how many operands; 0 for all.</summary>
    public int MostTerms { get; init; } = 8;

    /// <summary>The columns of a label; longer pieces are cut.</summary>
    public int LabelWidth { get; init; } = 14;
}
