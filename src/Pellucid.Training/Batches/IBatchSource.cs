namespace Pellucid.Training.Batches;

/// <summary>Batches for any number of epochs. Everything is a function of the epoch and the index, so that a cursor is all there is to save.</summary>
public interface IBatchSource<out TBatch>
{
    /// <summary>The batches of one epoch, counted from 0. Called on a background thread.</summary>
    IEpoch<TBatch> Epoch(int epoch, CancellationToken cancellation = default);
}

/// <summary>The batches of one epoch in their order.</summary>
public interface IEpoch<out TBatch>
{
    int Count { get; }

    /// <summary>Batch number <paramref name="index"/>, made when it is asked for; the same every time.</summary>
    TBatch Batch(int index);

    /// <summary>A number that grows with the memory that a step of batch <paramref name="index"/> takes; all zero when nobody knows.</summary>
    long Size(int index) => 0;

    /// <summary>The batch whose <see cref="Size"/> is the largest, the first of several; 0 in an empty epoch.</summary>
    int Largest()
    {
        int largest = 0;
        for (int i = 1; i < Count; i++)
            if (Size(i) > Size(largest))
                largest = i;
        return largest;
    }
}

/// <summary>A place between two batches: the next one is batch <paramref name="Batch"/> of epoch <paramref name="Epoch"/>, both counted from 0.</summary>
public readonly record struct BatchCursor(int Epoch, int Batch);
