using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Tours;

/// <summary>A text in the two languages of the page.</summary>
internal sealed record LocalText(string English, string Chinese)
{
    /// <summary>A text that is the same in every language: a token, a number.</summary>
    public static LocalText Same(string text) => new(text, text);
}

/// <summary>A walk through one of the classic texts, with numbers that the engine computed from a fixed seed.</summary>
/// <param name="Name">As it is asked for: <c>thrones</c>.</param>
/// <param name="Tensors">Every tensor that a step shows or an operation reads; docs/trace-format.md defines them.</param>
/// <param name="Ops">How they follow from one another, so that every cell can be taken apart.</param>
internal sealed record Tour(string Name, LocalText Title, IReadOnlyList<TourStep> Steps, IReadOnlyList<TraceTensor> Tensors, IReadOnlyList<TraceOp> Ops)
{
    /// <summary>The tours, by name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["words", "thrones", "welcome", "shop", "sizes"];

    /// <summary>Computes the tour of this name; null when there is none.</summary>
    public static Tour? Find(string name) => name switch
    {
        "words" => WordsTour.Make(),
        "thrones" => ThronesTour.Make(),
        "welcome" => WelcomeTour.Make(),
        "shop" => ShopTour.Make(),
        "sizes" => SizesTour.Make(),
        _ => null,
    };
}

/// <summary>One step: what it says and what it shows.</summary>
/// <param name="Id">Unique within the tour.</param>
/// <param name="Formula">In the letters of docs/notation.md; null where there is none.</param>
/// <param name="Tokens">The words or tokens of the step with their ids.</param>
/// <param name="Views">The tensors that it shows, in order.</param>
/// <param name="Numbers">Figures of the text by name.</param>
internal sealed record TourStep(
    string Id, LocalText Title, LocalText Text, string? Formula, IReadOnlyList<TourToken> Tokens, IReadOnlyList<TourView> Views, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>Places on a plane, drawn beside the numbers.</summary>
    public TourMap? Map { get; init; }
}

/// <summary>The rows of a tensor of two columns as places on a plane.</summary>
/// <param name="Tensor">[N, 2].</param>
/// <param name="Labels">N names.</param>
/// <param name="Arrows">From one row to another.</param>
internal sealed record TourMap(string Tensor, IReadOnlyList<string> Labels, IReadOnlyList<TourArrow> Arrows);

/// <summary>From one row to another.</summary>
internal readonly record struct TourArrow(int From, int To);

/// <summary>A word with its id.</summary>
internal readonly record struct TourToken(int Id, string Piece);

/// <summary>A tensor on show: the names of its rows and columns, and for more than two axes which part.</summary>
/// <param name="Fixed">Axes of which one index is shown, by letter: <c>H</c> at 0.</param>
internal sealed record TourView(string Tensor, IReadOnlyList<LocalText> Rows, IReadOnlyList<LocalText> Columns, IReadOnlyDictionary<string, int> Fixed);
