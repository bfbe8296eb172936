namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Windows over a text of word ids for the hierarchical softmax: a window stands at a word; its targets are the inner nodes on the way from the root of a Huffman tree to this word,
/// with label 1 where the way goes left (Mikolov et al. 2013b, section 2.1); its inputs are drawn as by <see cref="NegativeWindows"/>.
/// </summary>
internal unsafe struct PathWindows : IWindowSource
{
    /// <summary>Word ids, -1 between sentences.</summary>
    public int* Words;
    public int Length, Window, Rows;

    /// <summary>Of a <see cref="HuffmanTree"/>: where each word's way begins, [rows + 1]; the nodes; whether it goes left there.</summary>
    public int* Starts, Nodes;
    public byte* GoesLeft;
    public ulong Key;

    /// <summary>Whether the reach of each window is drawn from 1 .. Window, or is Window.</summary>
    public bool Shrinks;

    public readonly void Fill(int first, int start, int end, in WindowBatch.Pointers batch)
    {
        uint* random = stackalloc uint[end - start];
        Philox.Fill(Key, (ulong)(first + start), new Span<uint>(random, end - start));
        for (int w = start; w < end; w++)
        {
            int at = first + w, word = Words[at], inputs = 0;
            if (word >= 0) inputs = WindowWords.Around(Words, Length, at, WindowWords.Reach(random[w - start], Window, Shrinks), batch.Inputs + w * batch.MaxInputs);
            batch.InputCounts[w] = inputs;
            batch.TargetBlocks[w] = 0;
            if (inputs == 0) continue;
            int way = Starts[word], count = Starts[word + 1] - way, offset = w * batch.MaxTargets;
            for (int i = 0; i < count; i++)
                (batch.Targets[offset + i], batch.Labels[offset + i], batch.Weights[offset + i]) = (Nodes[way + i], GoesLeft[way + i], 1);
            batch.TargetBlocks[w] = WindowWords.EndTargets(count, Rows, batch, offset);
        }
    }
}
