namespace Pellucid.Words;

/// <summary>How many questions of a section "a is to b as c is to d" were answered with d.</summary>
/// <param name="Section">Its name; empty for questions before the first.</param>
/// <param name="Skipped">Questions with a word that has no vector.</param>
public sealed record AnalogyScore(string Section, int Correct, int Asked, int Skipped)
{
    /// <summary>Correct / Asked; NaN when none was asked.</summary>
    public double Accuracy => (double)Correct / Asked;
}

/// <summary>How far the cosines of pairs of words agree with what people say.</summary>
/// <param name="Spearman">Spearman's ρ: the correlation of the ranks.</param>
/// <param name="Pearson">Pearson's r.</param>
/// <param name="Skipped">Pairs with a word that has no vector.</param>
public sealed record PairScore(double Spearman, double Pearson, int Pairs, int Skipped);
