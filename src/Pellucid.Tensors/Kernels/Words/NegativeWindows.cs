namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Windows over a text of word ids with negative samples: a window stands at a word; its targets are this word with label 1 and drawn words with label 0,
/// its inputs the words up to b to the left and right in the same sentence, b drawn from 1 .. Window. A function of key and position.
/// </summary>
internal unsafe struct NegativeWindows : IWindowSource
{
    /// <summary>Word ids, -1 between sentences.</summary>
    public int* Words;
    public int Length, Window, Rows;

    /// <summary>Words drawn for each window, and how much each counts.</summary>
    public int Draws;
    public float Weight;

    /// <summary>Of an <see cref="AliasTable"/>.</summary>
    public ulong* Noise;
    public ulong Key;

    /// <summary>Whether the reach of each window is drawn from 1 .. Window, or is Window.</summary>
    public bool Shrinks;

    public readonly void Fill(int first, int start, int end, in WindowBatch.Pointers batch)
    {
        int numbers = (1 + Draws + 7) / 8 * 8;
        uint* random = stackalloc uint[numbers * (end - start)];
        Philox.Fill(Key, (ulong)(first + start) * (ulong)numbers, new Span<uint>(random, numbers * (end - start)));
        for (int w = start; w < end; w++, random += numbers)
        {
            int at = first + w, word = Words[at], inputs = 0;
            if (word >= 0) inputs = WindowWords.Around(Words, Length, at, WindowWords.Reach(random[0], Window, Shrinks), batch.Inputs + w * batch.MaxInputs);
            batch.InputCounts[w] = inputs;
            batch.TargetBlocks[w] = 0;
            if (inputs == 0) continue;
            int offset = w * batch.MaxTargets;
            batch.TargetBlocks[w] = WindowWords.EndTargets(Targets(word, random, batch.Targets + offset, batch.Labels + offset, batch.Weights + offset), Rows, batch, offset);
        }
    }

    /// <summary>The word and the drawn words that are not it; one that is drawn again counts more.</summary>
    private readonly int Targets(int word, uint* random, int* targets, float* labels, float* weights)
    {
        (targets[0], labels[0], weights[0]) = (word, 1, 1);
        int count = 1;
        for (int i = 1; i <= Draws; i++)
        {
            int drawn = AliasTable.Draw(Noise, Rows, random[i]), same = 0;
            while (same < count && targets[same] != drawn) same++;
            if (same == 0) continue;
            if (same < count) weights[same] += Weight;
            else (targets[count], labels[count], weights[count++]) = (drawn, 0, Weight);
        }
        return count;
    }
}

/// <summary>The words of a window.</summary>
internal static unsafe class WindowWords
{
    /// <summary>How far a window reaches: a number of 1 .. most from 32 random bits, or the most.</summary>
    public static int Reach(uint random, int most, bool shrinks) => shrinks ? (int)((ulong)random * (uint)most >> 32) + 1 : most;

    /// <summary>Writes the words up to <paramref name="reach"/> before and after position <paramref name="at"/>, in the order of the text; gives their number.</summary>
    public static int Around(int* words, int length, int at, int reach, int* into)
    {
        int first = at, last = at, count = 0;
        while (first > 0 && at - first < reach && words[first - 1] >= 0) first--;
        while (last + 1 < length && last - at < reach && words[last + 1] >= 0) last++;
        for (int i = first; i <= last; i++)
            if (i != at) into[count++] = words[i];
        return count;
    }

    /// <summary>Fills the last block of a window's targets with the row of zeros; gives the number of blocks.</summary>
    public static int EndTargets(int count, int zero, in WindowBatch.Pointers batch, int offset)
    {
        for (; count % WindowBatch.Block != 0; count++) (batch.Targets[offset + count], batch.Labels[offset + count], batch.Weights[offset + count]) = (zero, 0, 0);
        return count / WindowBatch.Block;
    }
}
