using System.Collections.Frozen;

namespace Pellucid.Text.Sentences;

/// <summary>English and Spanish abbreviations, without their last full stop, after which a capital or a number does not begin a sentence.</summary>
internal static class Abbreviations
{
    private static readonly FrozenSet<string> Names = new[]
    {
        "Mr", "Mrs", "Ms", "Dr", "Prof", "Rev", "Hon", "St", "Gen", "Col", "Capt", "Lt", "Sgt", "Gov", "Sen", "Rep", "Pres", "Mt", "Messrs",
        "vs", "e.g", "i.e", "cf", "viz",
        "Sr", "Sra", "Srta", "Sres", "Dra", "Dres", "Ud", "Uds", "Vd", "Vds", "D", "Dña", "Profa", "Lic", "Ing", "Arq", "Gral", "Cnel", "Mons", "Fr", "Sto", "Sta",
        "Avda", "p.ej",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Numbers = new[]
    {
        "No", "no", "Nos", "Nr", "nr", "núm", "Núm", "n", "p", "pp", "pág", "págs", "vol", "Vol", "art", "Art", "cap", "Cap", "fig", "Fig", "sec", "Sec", "ch", "Ch", "ca", "c",
        "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec", "ene", "abr", "ago", "dic",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Titles and their like: a capital follows.</summary>
    public static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> BeforeNames { get; } = Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Words that stand before a number.</summary>
    public static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> BeforeNumbers { get; } = Numbers.GetAlternateLookup<ReadOnlySpan<char>>();
}
