namespace Pellucid.Text.Metrics;

/// <summary>The settings of chrF; the defaults are sacreBLEU's, <see cref="PlusPlus"/> is chrF++.</summary>
public sealed record ChrFOptions
{
    /// <summary>chrF++: word n-grams of order 1 and 2 as well (Popović 2017).</summary>
    public static ChrFOptions PlusPlus { get; } = new() { WordOrder = 2 };

    /// <summary>The longest character n-gram, 1 or more.</summary>
    public int CharacterOrder { get; init; } = 6;

    /// <summary>The longest word n-gram; 0 for chrF, 2 for chrF++.</summary>
    public int WordOrder { get; init; }

    /// <summary>How many times more recall matters than precision, 1 or more.</summary>
    public int Beta { get; init; } = 2;

    public bool Lowercase { get; init; }

    /// <summary>Whether white space belongs to the character n-grams.</summary>
    public bool Whitespace { get; init; }

    /// <summary>
    /// As Popović's chrF++.py: the mean of each order's F-score, where a missing precision or recall is 1e-16.
    /// Otherwise precision and recall are averaged over the orders that both sides have, and F is taken once.
    /// </summary>
    public bool EpsilonSmoothing { get; init; }
}
