using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Walks;

/// <summary>Which part of a tensor to show.</summary>
public sealed record MatrixSelection
{
    /// <summary>The head, from 0.</summary>
    public int Head { get; init; }

    /// <summary>Only this step of the generation, from 1: of what the decoder computed, the row of this target token. Null for all.</summary>
    public int? Step { get; init; }

    /// <summary>How many cells at most; 0 for all.</summary>
    public int MostCells { get; init; } = 96;
}

/// <summary>A tensor as a table: the two axes that matter, with the names of their rows and columns, cut to what can be read. What is left out is known.</summary>
/// <param name="Rows">The indices of the rows that are shown.</param>
/// <param name="Columns">Those of the columns.</param>
/// <param name="RowCount">How many rows there are.</param>
/// <param name="ColumnCount">How many columns there are.</param>
/// <param name="Minimum">The smallest number of the whole matrix, minus infinity apart; NaN when it has no other.</param>
/// <param name="Maximum">The largest.</param>
public sealed record MatrixView(TraceTensor Tensor, IReadOnlyList<int> Rows, IReadOnlyList<int> Columns, int RowCount, int ColumnCount, double Minimum, double Maximum)
{
    private int? rowAxis, columnAxis;
    private int head;

    /// <summary>The head that is shown, and how many there are; null where the tensor has no heads.</summary>
    public (int Index, int Count)? Head { get; private init; }

    /// <summary>Whether the columns are those with the largest numbers: of a vocabulary nobody reads all.</summary>
    public bool HasLargestColumns { get; private init; }

    /// <summary>The whole index of a cell.</summary>
    public int[] Index(int row, int column)
    {
        int[] index = new int[Tensor.Shape.Length];
        for (int axis = 0; axis < index.Length; axis++)
            index[axis] = axis == rowAxis ? row : axis == columnAxis ? column : AxisNames.Of(Tensor, axis) == "heads" ? head : 0;
        return index;
    }

    /// <summary>The number in a cell.</summary>
    public double this[int row, int column] => Tensor.Values![Formulas.Cells.Offset(Tensor.Name, Tensor.Shape, Index(row, column))];

    /// <summary>The axes that become rows and columns: the last two that are neither sentences nor heads.</summary>
    public static (int? Rows, int? Columns) AxesOf(TraceTensor tensor)
    {
        int[] free = [.. Enumerable.Range(0, tensor.Shape.Length).Where(axis => AxisNames.Of(tensor, axis) is not ("sentences" or "heads"))];
        return free.Length switch
        {
            0 => (null, null),
            1 => tensor.Shape.Length == 1 ? (null, free[0]) : (free[0], null),
            _ => (free[^2], free[^1]),
        };
    }

    /// <summary>The view; null when the values were not captured.</summary>
    /// <exception cref="ArgumentException">There is no such head or step.</exception>
    public static MatrixView? Of(TraceTensor tensor, MatrixSelection selection)
    {
        if (tensor.Values is null)
            return null;
        var (rowAxis, columnAxis) = AxesOf(tensor);
        int headAxis = Enumerable.Range(0, tensor.Shape.Length).FirstOrDefault(axis => AxisNames.Of(tensor, axis) == "heads", -1);
        if (headAxis >= 0 && (uint)selection.Head >= (uint)tensor.Shape[headAxis])
            throw new ArgumentException($"{tensor.Name} has {tensor.Shape[headAxis]} heads, 0 to {tensor.Shape[headAxis] - 1}; there is no head {selection.Head}.");
        int rows = rowAxis is { } r ? tensor.Shape[r] : 1, columns = columnAxis is { } c ? tensor.Shape[c] : 1;
        int[] allRows = [.. Enumerable.Range(0, rows)];
        if (selection.Step is { } step && rowAxis is { } axis && AxisNames.Of(tensor, axis) == "target")
            allRows = step >= 1 && step <= rows ? [step - 1] : throw new ArgumentException($"{tensor.Name} has {rows} steps, 1 to {rows}; there is no step {step}.");
        var whole = new MatrixView(tensor, allRows, [.. Enumerable.Range(0, columns)], rows, columns, 0, 0)
        {
            rowAxis = rowAxis, columnAxis = columnAxis, head = headAxis < 0 ? 0 : selection.Head, Head = headAxis < 0 ? null : (selection.Head, tensor.Shape[headAxis]),
        };
        return whole.Cut(selection.MostCells);
    }

    private MatrixView Cut(int mostCells)
    {
        double minimum = double.PositiveInfinity, maximum = double.NegativeInfinity;
        foreach (int row in Rows)
        {
            foreach (int column in Columns)
            {
                double value = this[row, column];
                if (double.IsFinite(value))
                    (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
            }
        }
        if (minimum > maximum)
            minimum = maximum = double.NaN;
        bool fits = mostCells <= 0 || (long)Rows.Count * Columns.Count <= mostCells;
        int shownColumns = fits ? Columns.Count : Math.Min(Columns.Count, Math.Max(2, Math.Min(10, mostCells / Math.Min(Rows.Count, 4))));
        int shownRows = fits ? Rows.Count : Math.Min(Rows.Count, Math.Max(1, mostCells / shownColumns));
        var rows = FirstAndLast(Rows, shownRows);
        bool isVocabulary = columnAxis is { } axis && AxisNames.Of(Tensor, axis) == "vocabulary";
        return this with { Rows = rows, Columns = isVocabulary ? Largest(rows, shownColumns) : FirstAndLast(Columns, shownColumns), Minimum = minimum, Maximum = maximum, HasLargestColumns = isVocabulary && shownColumns < Columns.Count };
    }

    private static IReadOnlyList<int> FirstAndLast(IReadOnlyList<int> all, int count) =>
        count >= all.Count ? all : count == 1 ? [all[0]] : [.. all.Take(count - 1), all[^1]];

    // Of a vocabulary the tokens with the largest numbers, row by row.
    private List<int> Largest(IReadOnlyList<int> rows, int count)
    {
        if (count >= Columns.Count)
            return [.. Columns];
        var best = rows.Select(row => Columns.OrderByDescending(column => this[row, column]).Take(count).ToArray()).ToArray();
        var chosen = new SortedSet<int>();
        for (int rank = 0; rank < count; rank++)
            foreach (int[] row in best)
                if (chosen.Count < count)
                    chosen.Add(row[rank]);
        return [.. chosen];
    }
}
