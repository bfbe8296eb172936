using Pellucid.Tensors;

namespace Pellucid.Explain.Laboratories;

/// <summary>Whether a property of an encoding holds, and the numbers that show it.</summary>
/// <param name="Name"><c>unique</c>, <c>bounded</c>, <c>same_distance</c> or <c>shift</c>.</param>
internal sealed record PositionCheck(string Name, bool Holds, IReadOnlyDictionary<string, double> Numbers);

/// <summary>A table of positions under examination.</summary>
/// <param name="Kind"><c>sinusoidal</c>, <c>sinusoidal_concatenated</c> or <c>learned</c>.</param>
/// <param name="Origin">Where the table comes from: <c>formula</c>, a checkpoint key, or <c>laboratory</c> for one that was learned here.</param>
/// <param name="Offset">k of the checks.</param>
/// <param name="Table">[T, D].</param>
/// <param name="Distances">The distance of any two rows, [T, T].</param>
/// <param name="Frequencies">ω of every dimension, [D]; null for a learned table, which has none.</param>
/// <param name="Shift">M_k, [D, D], from the frequencies.</param>
/// <param name="Shifted">M_k applied to the rows 0 .. T-k-1, [T-k, D].</param>
/// <param name="Binary">The positions as binary numbers, the lowest bit first, [T, bits].</param>
/// <param name="Checks">The four properties.</param>
/// <param name="Composition">Adding against concatenating.</param>
/// <param name="Learning">How the table was learned, where the laboratory itself did it.</param>
internal sealed record PositionStudy(
    string Kind, string Origin, int Offset, Tensor Table, Tensor Distances, Tensor? Frequencies, Tensor Shift, Tensor Shifted, Tensor Binary,
    IReadOnlyList<PositionCheck> Checks, PositionComposition Composition, PositionLearning? Learning = null);

/// <summary>Words and positions put together in two ways, and what a linear map sees of them.</summary>
/// <param name="Words">Word vectors from a fixed seed, [T, D].</param>
/// <param name="Sum">Words + positions, [T, D].</param>
/// <param name="Concatenated">Words beside positions, [T, 2 D].</param>
/// <param name="Weight">W of a linear map, [D, D].</param>
/// <param name="SumMapped">(words + positions) Wᵀ, [T, D].</param>
/// <param name="ConcatenatedMapped">[words, positions] [W, W]ᵀ, [T, D]: the map that treats both alike.</param>
/// <param name="LargestDifference">Between the two results.</param>
internal sealed record PositionComposition(Tensor Words, Tensor Sum, Tensor Concatenated, Tensor Weight, Tensor SumMapped, Tensor ConcatenatedMapped, double LargestDifference);

/// <summary>How the laboratory learned a table.</summary>
/// <param name="Steps">Steps of Adam.</param>
/// <param name="FirstLoss">The cross-entropy at the start, in nats.</param>
/// <param name="LastLoss">The same at the end.</param>
internal sealed record PositionLearning(int Steps, double FirstLoss, double LastLoss);
