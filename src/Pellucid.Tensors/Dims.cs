using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pellucid.Tensors;

/// <summary>
/// A shape contract in the letters of docs/notation.md, executed:
/// <c>Dims.Match(query, "B T H K").And(key, "B S H K")</c> binds each letter at its first use and checks it at every further one.
/// A number in the pattern is an exact length; <c>...</c> in front stands for any leading axes.
/// </summary>
public readonly ref struct Dims
{
    private readonly Bindings bound;

    private Dims(Bindings bound) => this.bound = bound;

    /// <summary>Starts a contract with a first tensor.</summary>
    /// <exception cref="ShapeException">The tensor does not have the axes the pattern names.</exception>
    public static Dims Match(Tensor tensor, string pattern, [CallerArgumentExpression(nameof(tensor))] string name = "") =>
        default(Dims).And(tensor.Shape, pattern, name);

    /// <summary>Adds a tensor to the contract.</summary>
    /// <exception cref="ShapeException">The tensor contradicts the pattern or a letter that is already bound.</exception>
    public Dims And(Tensor tensor, string pattern, [CallerArgumentExpression(nameof(tensor))] string name = "") =>
        And(tensor.Shape, pattern, name);

    /// <summary>Adds a shape to the contract.</summary>
    /// <exception cref="ShapeException">The shape contradicts the pattern or a letter that is already bound.</exception>
    public Dims And(Shape shape, string pattern, [CallerArgumentExpression(nameof(shape))] string name = "")
    {
        // Every op comes through here: nothing is allocated unless something is wrong.
        var bindings = bound;
        var letters = pattern.AsSpan();
        int skip = 0, axes = CountOf(letters);
        if (Next(ref letters) is "...")
            skip = shape.Rank - --axes;
        else
            letters = pattern;
        if (skip < 0 || shape.Rank - skip != axes)
            throw new ShapeException($"{name} has shape {shape}, expected [{pattern}]: {axes} axes, got {shape.Rank}. A Reshape may be missing.");
        for (int axis = skip; axis < shape.Rank; axis++)
        {
            int actual = shape[axis];
            var letter = Next(ref letters);
            if (int.TryParse(letter, NumberStyles.None, CultureInfo.InvariantCulture, out int exact))
            {
                if (actual != exact)
                    throw new ShapeException($"{name} has shape {shape}, expected [{pattern}]: axis {axis} is {actual}, must be {exact}.");
            }
            else if (!bindings.TryGet(letter[0], out var earlier))
                bindings.Add(new Binding(letter[0], actual, name));
            else if (earlier.Length != actual)
                throw new ShapeException($"{name} has shape {shape}, expected [{pattern}]: {letter} is {actual} here but {earlier.Length} in {earlier.Tensor}. Are two axes swapped, or do the tensors come from different configurations?");
        }
        return new Dims(bindings);
    }

    /// <summary>The length bound to a letter.</summary>
    public int this[char letter] => bound.TryGet(letter, out var binding) ? binding.Length : throw new ArgumentException($"no axis is called {letter} in this contract.", nameof(letter));

    private static int CountOf(ReadOnlySpan<char> letters)
    {
        int count = 0;
        while (Next(ref letters).Length > 0)
            count++;
        return count;
    }

    /// <summary>Takes the next letter or number off the front; empty at the end.</summary>
    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> letters)
    {
        letters = letters.TrimStart(' ');
        int end = letters.IndexOf(' ');
        var next = end < 0 ? letters : letters[..end];
        letters = letters[next.Length..];
        return next;
    }

    private readonly record struct Binding(char Letter, int Length, string Tensor);

    [InlineArray(MostLetters)]
    private struct Slots
    {
        private Binding first;
    }

    private const int MostLetters = 8;

    private struct Bindings
    {
        private Slots slots;
        private int count;

        internal readonly bool TryGet(char letter, out Binding binding)
        {
            for (int i = 0; i < count; i++)
                if (slots[i].Letter == letter)
                {
                    binding = slots[i];
                    return true;
                }
            binding = default;
            return false;
        }

        internal void Add(Binding binding) => slots[count++] = binding;
    }
}
