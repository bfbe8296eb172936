using System.Globalization;
using Pellucid.Explain.Formulas;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Walks;

/// <summary>The content of one cell: its formula with numbers, the check, and everything it was computed from.</summary>
public static class CellView
{
    /// <summary>What a cell shows.</summary>
    /// <exception cref="ArgumentException">The trace has no such tensor or cell.</exception>
    public static StepContent Of(Walk walk, string tensor, ReadOnlySpan<int> index, ContentOptions options)
    {
        var (trace, language) = (walk.Trace, options.Language);
        var cell = Provenance.Of(trace, tensor, index);
        string id = Name(tensor, cell.Index);
        return new StepContent($"{id} = {(cell.Value is { } value ? FormulaText.Number(value, 9) : language.Text("terminal.not_captured", ("name", tensor)))}", id)
        {
            Sentences = [.. Where(walk, cell, options), .. cell.Op is null ? [language[cell.Tensor.Origin switch { TensorOrigin.Drawn => "terminal.drawn", TensorOrigin.State => "terminal.state", _ => "terminal.weight" }]] : Array.Empty<string>()],
            Facts =
            [
                (language["terminal.shape"], AxisNames.Shape(cell.Tensor)),
                .. cell.Op is null ? Array.Empty<(string, string)>() :
                [
                    (language["terminal.formula"], FormulaText.Symbols(trace, cell.Op, language: language)), (language["terminal.numbers"], FormulaText.Numbers(trace, tensor, index, options.MostTerms, language: language)),
                ],
            ],
            Table = cell.Op is null ? null : Operands(cell, options),
            Notes = cell.Op is null ? [] : [.. Notes(cell, options)],
        };
    }

    /// <summary>A cell's name: <c>encoder.0.self_attention.scores[0,1,2,3]</c>.</summary>
    public static string Name(string tensor, IReadOnlyList<int> index) => index.Count == 0 ? tensor : $"{tensor}[{string.Join(",", index)}]";

    /// <summary>The operands in the order of their effect, as many as are shown.</summary>
    public static IReadOnlyList<Operand> Shown(Provenance cell, int mostTerms) =>
        mostTerms <= 0 || cell.Operands.Count <= 2 * mostTerms
            ? cell.Operands
            : [.. cell.Operands.Select((operand, i) => (operand, i)).OrderByDescending(pair => Effect(pair.operand)).Take(2 * mostTerms).OrderBy(pair => pair.i).Select(pair => pair.operand)];

    private static double Effect(Operand operand) => operand.Kind is OperandKind.Token or OperandKind.Mask ? double.PositiveInfinity
        : double.IsFinite(operand.Value ?? 0) ? Math.Abs((operand.Value ?? 0) * operand.Coefficient) : 0;

    // head 0, ▁You, ▁are: what each index of the cell counts.
    private static IEnumerable<string> Where(Walk walk, Provenance cell, ContentOptions options)
    {
        var labels = new Labels(walk, options);
        bool isBatch = walk.Trace.Header.Rows.Count > 0;
        int sentence = isBatch && cell.Tensor.Axes.StartsWith("B ", StringComparison.Ordinal) ? cell.Index[0] : 0;
        string[] letters = cell.Tensor.Axes.Split(' ');
        string[] parts = [.. Enumerable.Range(0, cell.Index.Count).Where(axis => AxisNames.Of(cell.Tensor, axis) is var name && name != "one" && (isBatch || name != "sentences"))
            .Select(axis => $"{options.Language["axes." + AxisNames.Of(cell.Tensor, axis)]} {letters[axis]}: {labels.Of(cell.Tensor, axis, cell.Index[axis], sentence)}")];
        if (parts.Length > 0)
            yield return string.Join(" · ", parts);
    }

    internal static ContentTable Operands(Provenance cell, ContentOptions options)
    {
        string Of(string key) => options.Language["terminal." + key];
        return new ContentTable(
            [Of("role"), Of("name"), Of("value"), Of("coefficient"), Of("operands")],
            [.. Shown(cell, options.MostTerms).Select(operand => (IReadOnlyList<string>)
            [
                operand.Role, Place(operand), operand.Value is { } value ? FormulaText.Number(value, 6) : "?", FormulaText.Number(operand.Coefficient, 6),
                Of("kind_" + operand.Kind.ToString().ToLowerInvariant()),
            ])],
            [false, false, true, true, false]);
    }

    private static string Place(Operand operand) => operand.Kind switch
    {
        OperandKind.Constant => operand.Name,
        OperandKind.Token => $"id[{string.Join(",", operand.Index)}] {Printable.Fit(operand.Name, 30)}",
        OperandKind.Mask => $"visible[{string.Join(",", operand.Index)}]",
        _ => Name(operand.Name, operand.Index),
    };

    private static IEnumerable<string> Notes(Provenance cell, ContentOptions options)
    {
        var language = options.Language;
        int left = cell.Operands.Count - Shown(cell, options.MostTerms).Count;
        if (left > 0)
            yield return language.Text("terminal.operands_left_out", ("count", left));
        if (cell.Missing is { } missing)
            yield return language.Text("terminal.missing", ("name", missing));
        else if (cell.RelativeError is { } error)
            yield return language.Text("terminal.recomputed", ("value", FormulaText.Signed(cell.Recomputed!.Value.ToString("R", CultureInfo.InvariantCulture))), ("error", FormulaText.Number(error, 2)));
        else if (cell.Recomputed is { } recomputed)
            yield return language.Text("terminal.recomputed_alone", ("value", recomputed));
    }
}
