using Pellucid.Explain.Formulas;
using Pellucid.Explain.Walks;

namespace Pellucid.Cli.Interactive;

/// <summary>
/// Where somebody stands who walks through an explanation with keys: a step with a cell under the cursor, or a cell whose operands are listed, opened one from another.
/// Knows no terminal.
/// </summary>
internal sealed class WalkBrowser
{
    private readonly Walk walk;
    private readonly IReadOnlyList<int> steps;
    private readonly Stack<(CellReference Cell, int Cursor)> opened = [];
    private int place;

    public WalkBrowser(Walk walk, IReadOnlyList<int> steps, ContentOptions options) => (this.walk, this.steps, Options) = (walk, steps, options);

    public ContentOptions Options { get; private set; }

    /// <summary>The row and the column of the cursor in the table that is shown.</summary>
    public (int Row, int Column) Cursor { get; private set; }

    /// <summary>How many lines were scrolled past the cursor.</summary>
    public int Scrolled { get; private set; }

    /// <summary>Whether the walk was left.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether it was left for good rather than for the next sentence.</summary>
    public bool Quit { get; private set; }

    /// <summary>How many cells were opened one from another.</summary>
    public int Depth => opened.Count;

    /// <summary>What is to be seen now.</summary>
    public StepContent Content => opened.Count > 0 ? CellView.Of(walk, opened.Peek().Cell.Tensor, [.. opened.Peek().Cell.Index], Options) : StepView.Of(walk, steps[place], Options);

    public void Press(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.Q: (Ended, Quit) = (true, true); break;
            case ConsoleKey.Escape or ConsoleKey.Backspace: Back(); break;
            case ConsoleKey.Enter: Open(); break;
            case ConsoleKey.UpArrow: Move(-1, 0); break;
            case ConsoleKey.DownArrow: Move(1, 0); break;
            case ConsoleKey.Tab: Move(0, 1); break;
            case ConsoleKey.H: NextHead(); break;
            case ConsoleKey.L: Options = Options with { Language = Next(Pellucid.Explain.Languages.Language.All, Options.Language) }; break;
            case ConsoleKey.RightArrow or ConsoleKey.Spacebar: Go(place + 1); break;
            case ConsoleKey.LeftArrow: Go(place - 1); break;
            case ConsoleKey.PageDown: GoToSection(1); break;
            case ConsoleKey.PageUp: GoToSection(-1); break;
            case ConsoleKey.Home: Go(0); break;
            case ConsoleKey.End: Go(steps.Count - 1); break;
        }
    }

    /// <summary>Takes back what was scrolled beyond the last line.</summary>
    public void KeepWithin(int most) => Scrolled = Math.Min(Scrolled, most);

    private void Go(int to)
    {
        Scrolled = 0;
        opened.Clear();
        if (to >= 0 && to < steps.Count)
            (place, Cursor) = (to, (0, 0));
    }

    private void GoToSection(int direction)
    {
        string section = walk.Steps[steps[place]].Section;
        int to = place;
        while (to + direction >= 0 && to + direction < steps.Count && walk.Steps[steps[to]].Section == section)
            to += direction;
        Go(to);
    }

    private void Back()
    {
        if (opened.Count == 0)
            Ended = true;
        else
        {
            opened.Pop();
            (Cursor, Scrolled) = ((0, 0), 0);
        }
    }

    private void Move(int rows, int columns)
    {
        var lastRow = (Content.Table?.Rows.Count ?? 0) - 1;
        if (rows > 0 && Cursor.Row >= lastRow || rows < 0 && Scrolled > 0)
        {
            Scrolled = Math.Max(0, Scrolled + rows); // at the end of the table the rest of the step follows
            return;
        }
        if (Content.Table is not { Rows.Count: > 0 } table)
            return;
        int last = Math.Max(1, table.Headings.Count - 1);
        Cursor = (Math.Clamp(Cursor.Row + rows, 0, table.Rows.Count - 1), (Cursor.Column + columns) % last);
    }

    private void Open()
    {
        if (opened.Count > 0)
        {
            var (cell, _) = opened.Peek();
            var operands = CellView.Shown(Provenance.Of(walk.Trace, cell.Tensor, [.. cell.Index]), Options.MostTerms);
            if (Cursor.Row < operands.Count && operands[Cursor.Row] is { Kind: OperandKind.Cell or OperandKind.Weight } operand)
                Push(new(operand.Name, operand.Index));
            return;
        }
        if (walk.Steps[steps[place]].Tensor is { } name && MatrixView.Of(walk.Trace.Find(name)!, Options.Selection) is { } view && Cursor.Row < view.Rows.Count && Cursor.Column < view.Columns.Count)
            Push(new(name, view.Index(view.Rows[Cursor.Row], view.Columns[Cursor.Column])));
    }

    private void Push(CellReference cell)
    {
        opened.Push((cell, Cursor.Row));
        (Cursor, Scrolled) = ((0, 0), 0);
    }

    private void NextHead() => Options = Options with { Selection = Options.Selection with { Head = (Options.Selection.Head + 1) % walk.Trace.Header.Config.Heads } };

    private static T Next<T>(IReadOnlyList<T> all, T current) => all[(all.ToList().IndexOf(current) + 1) % all.Count];
}
