using System.Buffers;

namespace Pellucid.Training.Batches;

/// <summary>Ids in a shared array that goes to another batch when this one has been used; reading them afterwards is an error, never another batch's ids.</summary>
internal sealed class RentedIds : MemoryManager<int>
{
    private readonly int length;
    private int[]? array;

    internal RentedIds(int length) => (this.length, array) = (length, ArrayPool<int>.Shared.Rent(length));

    public override Span<int> GetSpan() =>
        (array ?? throw new ObjectDisposedException(nameof(TranslationBatch), "this batch has been used by the trainer and its memory went to another; copy what is to stay.")).AsSpan(0, length);

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException("ids are read through spans.");

    public override void Unpin()
    {
    }

    /// <summary>Gives the array back; once is enough.</summary>
    internal void Return()
    {
        if (Interlocked.Exchange(ref array, null) is { } used)
            ArrayPool<int>.Shared.Return(used);
    }

    protected override void Dispose(bool disposing) => Return();
}

/// <summary>A batch whose memory the trainer hands to later ones when its step is done.</summary>
internal interface IRecyclable
{
    void Recycle();
}
