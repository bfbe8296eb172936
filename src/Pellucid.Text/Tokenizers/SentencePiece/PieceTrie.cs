using System.Numerics;
using System.Security.Cryptography;

namespace Pellucid.Text.Tokenizers.SentencePiece;

/// <summary>Finds all pieces that a text begins with: a trie over UTF-16 whose steps are entries of one hash table. Read-only once it is filled.</summary>
internal sealed class PieceTrie
{
    public const int Root = 0;
    public const int None = -1;

    // Different in every process, so that nobody can write a file whose steps all share a slot; what is found does not depend on it.
    private static readonly ulong Secret = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    private Step[] _steps;
    private int _count;
    private int _shift;

    private record struct Step(ulong Key, int Node, int Piece); // Key 0: free

    public PieceTrie(int expectedSteps = 0)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(2L * expectedSteps, 64, 1 << 28));
        _steps = new Step[size];
        _shift = 64 - BitOperations.Log2((uint)size);
    }

    /// <summary>Adds a piece, which is not empty; a number that was there before is replaced.</summary>
    public void Add(ReadOnlySpan<char> text, int piece)
    {
        var node = Root;
        for (var i = 0; i < text.Length; i++)
        {
            var slot = Slot(Key(node, text[i]));
            if (_steps[slot].Key == 0)
            {
                _steps[slot] = new(Key(node, text[i]), ++_count, None);
                if (2L * _count > _steps.Length)
                {
                    Grow();
                    slot = Slot(Key(node, text[i]));
                }
            }
            if (i == text.Length - 1) _steps[slot].Piece = piece;
            node = _steps[slot].Node;
        }
    }

    /// <summary>One character further; <paramref name="piece"/> is what ends there, or <see cref="None"/>.</summary>
    public bool TryStep(ref int node, char character, out int piece)
    {
        var key = Key(node, character);
        var steps = _steps;
        for (var slot = (int)(key * Secret >> _shift); ; slot++)
        {
            ref readonly var step = ref steps[slot & (steps.Length - 1)];
            if (step.Key == key)
            {
                node = step.Node;
                piece = step.Piece;
                return true;
            }
            if (step.Key != 0) continue;
            piece = None;
            return false;
        }
    }

    /// <summary>The length of the longest piece that a text begins with, and the piece; 0 if there is none.</summary>
    public int Longest(ReadOnlySpan<char> text, out int piece)
    {
        piece = None;
        var length = 0;
        var node = Root;
        for (var i = 0; i < text.Length && TryStep(ref node, text[i], out var found); i++)
            if (found != None) (piece, length) = (found, i + 1);
        return length;
    }

    private static ulong Key(int node, char character) => ((ulong)(uint)node << 16 | character) + 1;

    private int Slot(ulong key)
    {
        var mask = _steps.Length - 1;
        for (var slot = (int)(key * Secret >> _shift); ; slot = (slot + 1) & mask)
            if (_steps[slot].Key == key || _steps[slot].Key == 0) return slot;
    }

    private void Grow()
    {
        var old = _steps;
        if (old.Length >= 1 << 29) throw new TextException("the pieces of the vocabulary are too many and too long");
        _steps = new Step[2 * old.Length];
        _shift--;
        foreach (var step in old)
            if (step.Key != 0) _steps[Slot(step.Key)] = step;
    }
}
