using Pellucid.Explain.Formulas;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Walks;

/// <summary>What went into the rows and columns that a matrix shows: of a softmax the maximum, the exponentials and their sum, of a norm mean, variance, γ and β.</summary>
internal static class PartView
{
    /// <summary>No tables for an operation whose rule names no parts, or whose inputs were not captured.</summary>
    public static IEnumerable<(string Caption, ContentTable Table)> Of(Trace trace, MatrixView view, Func<int, string> rowName, Func<int, string> columnName, Language language)
    {
        if (trace.Producer(view.Tensor.Name) is not { } op || new PartValues(trace, op) is not { Parts.Count: > 0, IsKnown: true } values)
            yield break;
        string[] Names(PartOf of) => [.. values.Parts.Where(part => part.Of == of).Select(part => language["parts." + part.Name])];
        string family = op.Kind == OpKinds.LogSoftmax ? OpKinds.Softmax : op.Kind;
        yield return (language[$"parts.{family}_rows"], Rows(values, view, Names(PartOf.Row), values.Parts.Any(part => part.Of == PartOf.Cell), rowName, columnName));
        if (Names(PartOf.Column) is { Length: > 0 } shared)
            yield return (language[$"parts.{family}_columns"], Columns(values, view, shared, columnName));
    }

    // Maximum | exponentials of the columns that are shown | sum: the first part leads to the exponentials, the others follow from them.
    private static ContentTable Rows(PartValues values, MatrixView view, string[] names, bool hasCells, Func<int, string> rowName, Func<int, string> columnName)
    {
        var columns = hasCells ? view.Columns : [];
        int before = hasCells ? 1 : names.Length;
        var rows = new List<IReadOnlyList<string>>();
        foreach (int row in view.Rows)
        {
            double[] shared = values.Row(view.Index(row, view.Columns[0]));
            var cells = columns.SelectMany(column => values.Cell(view.Index(row, column), shared));
            rows.Add([rowName(row), .. shared[..before].Concat(cells).Concat(shared[before..]).Select(value => FormulaText.Number(value))]);
        }
        string[] headings = ["", .. names[..before], .. columns.Select(columnName), .. names[before..]];
        return new(headings, rows, [false, .. headings.Skip(1).Select(_ => true)]);
    }

    private static ContentTable Columns(PartValues values, MatrixView view, string[] names, Func<int, string> columnName)
    {
        double[][] shared = [.. view.Columns.Select(column => values.Column(view.Index(view.Rows[0], column)))];
        return new(["", .. view.Columns.Select(columnName)], [.. names.Select((name, i) => (IReadOnlyList<string>)[name, .. shared.Select(of => FormulaText.Number(of[i]))])], [false, .. shared.Select(_ => true)]);
    }
}
