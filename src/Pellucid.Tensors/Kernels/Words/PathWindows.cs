namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Windows over a text of word ids for the hierarchical softmax: window w stands at word Start + w, its targets are the inner nodes on the way from the root of a Huffman tree to this word,
/// with label 1 where the way goes left (Mikolov et al. 2013b, section 2.1); its inputs are drawn as by <see cref="NegativeWindows"/>.
/// </summary>
internal unsafe struct PathWindows : IWindowSource
{
    /// <summary>Word ids, -1 between sentences.</summary>
    public int* Words;
    public int Length, Start, Window;

    /// <summary>Of a <see cref="HuffmanTree"/>: where each word's way begins, [rows + 1]; the nodes; whether it goes left there.</summary>
    public int* Starts, Nodes;
    public byte* GoesLeft;
    public ulong Key;

    /// <summary>Whether the reach of each window is drawn from 1 .. Window, or is Window.</summary>
    public bool Shrinks;

    public readonly void Fill(int start, int end, in WindowBatch.Pointers batch)
    {
        const int draws = 16;
        uint* random = stackalloc uint[draws];
        for (int w = start; w < end; w++)
        {
            int at = Start + w, word = Words[at];
            batch.InputCounts[w] = batch.TargetCounts[w] = 0;
            if (word < 0) continue;
            Philox.Fill(Key, (ulong)at * draws, new Span<uint>(random, draws));
            int inputs = WindowWords.Around(Words, Length, at, WindowWords.Reach(random[0], Window, Shrinks), batch.Inputs + w * batch.MaxInputs);
            if (inputs == 0) continue;
            int first = Starts[word], count = Starts[word + 1] - first;
            for (int i = 0; i < count; i++)
            {
                batch.Targets[w * batch.MaxTargets + i] = Nodes[first + i];
                batch.Labels[w * batch.MaxTargets + i] = GoesLeft[first + i];
            }
            batch.InputCounts[w] = inputs;
            batch.TargetCounts[w] = count;
        }
    }
}
