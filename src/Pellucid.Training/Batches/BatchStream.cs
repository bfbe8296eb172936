using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Pellucid.Training.Batches;

/// <summary>Batches from a cursor on, epoch after epoch without end, prepared on a background thread a few ahead. What comes does not depend on when.</summary>
internal sealed class BatchStream<TBatch> : IDisposable
{
    private const int Ahead = 2;

    private readonly BlockingCollection<(TBatch Batch, BatchCursor Next)> ready = new(Ahead);
    private readonly CancellationTokenSource stop = new();
    private readonly Task producer;
    private Exception? failure;

    internal BatchStream(IBatchSource<TBatch> source, BatchCursor start)
    {
        producer = Task.Factory.StartNew(() => Produce(source, start), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The next batch and the cursor behind it. Waits until it is ready.</summary>
    internal (TBatch Batch, BatchCursor Next) Take()
    {
        try
        {
            return ready.Take();
        }
        catch (InvalidOperationException) when (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    public void Dispose()
    {
        stop.Cancel();
        try
        {
            producer.Wait();
        }
        catch (AggregateException)
        {
            // Cancelled before it began; its own failures are kept in `failure` and reach the caller through Take.
        }
        ready.Dispose();
        stop.Dispose();
    }

    private void Produce(IBatchSource<TBatch> source, BatchCursor cursor)
    {
        try
        {
            while (true)
            {
                var epoch = source.Epoch(cursor.Epoch, stop.Token);
                if (epoch.Count == 0)
                    throw new TrainingException($"epoch {cursor.Epoch} has no batch; is the training data empty?");
                if (cursor.Batch >= epoch.Count)
                    throw new TrainingException($"the checkpoint continues at batch {cursor.Batch} of epoch {cursor.Epoch}, which has {epoch.Count}; the data or the batch settings have changed since it was written.");
                for (int i = cursor.Batch; i < epoch.Count; i++)
                    ready.Add((epoch.Batch(i), i + 1 < epoch.Count ? new(cursor.Epoch, i + 1) : new(cursor.Epoch + 1, 0)), stop.Token);
                cursor = new(cursor.Epoch + 1, 0);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed: nobody waits any more.
        }
        catch (Exception error)
        {
            failure = error;
            ready.CompleteAdding();
        }
    }
}
