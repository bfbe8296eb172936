namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Windows over a text of word ids with negative samples: window w stands at word Start + w, its targets are this word with label 1 and drawn words with label 0,
/// its inputs the words up to b to the left and right in the same sentence, b drawn from 1 .. Window. A function of key and position.
/// </summary>
internal unsafe struct NegativeWindows : IWindowSource
{
    /// <summary>Word ids, -1 between sentences.</summary>
    public int* Words;
    public int Length, Start, Window, Negatives, Rows;

    /// <summary>Of an <see cref="AliasTable"/>.</summary>
    public ulong* Noise;
    public ulong Key;

    /// <summary>Whether the reach of each window is drawn from 1 .. Window, or is Window.</summary>
    public bool Shrinks;

    /// <summary>32-bit words drawn for each position.</summary>
    public readonly int Draws => (1 + Negatives + 15) / 16 * 16;

    public readonly void Fill(int start, int end, in WindowBatch.Pointers batch)
    {
        int draws = Draws;
        uint* random = stackalloc uint[draws];
        for (int w = start; w < end; w++)
        {
            int at = Start + w, word = Words[at];
            batch.InputCounts[w] = batch.TargetCounts[w] = 0;
            if (word < 0) continue;
            Philox.Fill(Key, (ulong)at * (ulong)draws, new Span<uint>(random, draws));
            int inputs = WindowWords.Around(Words, Length, at, WindowWords.Reach(random[0], Window, Shrinks), batch.Inputs + w * batch.MaxInputs);
            if (inputs == 0) continue;
            int* targets = batch.Targets + w * batch.MaxTargets;
            float* labels = batch.Labels + w * batch.MaxTargets;
            int count = 0;
            (targets[count], labels[count++]) = (word, 1);
            for (int i = 1; i <= Negatives; i++)
            {
                int drawn = AliasTable.Draw(Noise, Rows, random[i]);
                if (drawn != word) (targets[count], labels[count++]) = (drawn, 0);
            }
            batch.InputCounts[w] = inputs;
            batch.TargetCounts[w] = count;
        }
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
}
