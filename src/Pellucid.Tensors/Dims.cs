using System.Runtime.CompilerServices;

namespace Pellucid.Tensors;

/// <summary>
/// A shape contract in the letters of docs/notation.md, executed:
/// <c>Dims.Match(query, "B T H K").And(key, "B S H K")</c> binds each letter at its first use and checks it at every further one.
/// A number in the pattern is an exact length; <c>...</c> in front stands for any leading axes.
/// </summary>
public readonly ref struct Dims
{
    private readonly Dictionary<char, (int Length, string Tensor)> bound;

    private Dims(Dictionary<char, (int, string)> bound) => this.bound = bound;

    /// <summary>Starts a contract with a first tensor.</summary>
    /// <exception cref="ShapeException">The tensor does not have the axes the pattern names.</exception>
    public static Dims Match(Tensor tensor, string pattern, [CallerArgumentExpression(nameof(tensor))] string name = "") =>
        new Dims([]).And(tensor.Shape, pattern, name);

    /// <summary>Adds a tensor to the contract.</summary>
    /// <exception cref="ShapeException">The tensor contradicts the pattern or a letter that is already bound.</exception>
    public Dims And(Tensor tensor, string pattern, [CallerArgumentExpression(nameof(tensor))] string name = "") =>
        And(tensor.Shape, pattern, name);

    /// <summary>Adds a shape to the contract.</summary>
    /// <exception cref="ShapeException">The shape contradicts the pattern or a letter that is already bound.</exception>
    public Dims And(Shape shape, string pattern, [CallerArgumentExpression(nameof(shape))] string name = "")
    {
        string[] letters = pattern.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int skip = 0;
        if (letters is ["...", ..])
        {
            letters = letters[1..];
            skip = shape.Rank - letters.Length;
        }
        if (skip < 0 || shape.Rank - skip != letters.Length)
            throw new ShapeException($"{name} has shape {shape}, expected [{pattern}]: {letters.Length} axes, got {shape.Rank}. A Reshape may be missing.");
        for (int i = 0; i < letters.Length; i++)
        {
            int actual = shape[skip + i];
            if (int.TryParse(letters[i], out int exact))
            {
                if (actual != exact)
                    throw new ShapeException($"{name} has shape {shape}, expected [{pattern}]: axis {skip + i} is {actual}, must be {exact}.");
            }
            else if (!bound.TryGetValue(letters[i][0], out var earlier))
                bound[letters[i][0]] = (actual, name);
            else if (earlier.Length != actual)
                throw new ShapeException($"{name} has shape {shape}, expected [{pattern}]: {letters[i]} is {actual} here but {earlier.Length} in {earlier.Tensor}. Are two axes swapped, or do the tensors come from different configurations?");
        }
        return this;
    }

    /// <summary>The length bound to a letter.</summary>
    public int this[char letter] => bound[letter].Length;
}
