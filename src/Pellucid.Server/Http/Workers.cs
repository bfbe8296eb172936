using Microsoft.AspNetCore.Http;

namespace Pellucid.Server.Http;

/// <summary>Lets a few requests compute at a time, for a limited time each, and stops when the one who asked has gone.</summary>
internal sealed class Workers(int count, int longestQueue, TimeSpan timeout) : IDisposable
{
    private readonly SemaphoreSlim places = new(count);
    private readonly CancellationTokenSource closing = new();
    private int present;

    /// <summary>Runs the work on a thread of the pool.</summary>
    /// <exception cref="RequestException">Too many are waiting, or the time is over.</exception>
    /// <exception cref="OperationCanceledException">The one who asked has gone, or the server ends.</exception>
    internal async Task<T> RunAsync<T>(HttpContext context, Func<CancellationToken, T> work)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing.Token);
        stop.CancelAfter(timeout);
        if (Interlocked.Increment(ref present) > count + longestQueue)
        {
            Interlocked.Decrement(ref present);
            throw new RequestException(RequestException.Busy, "too many requests are waiting; try again in a moment");
        }
        try
        {
            await places.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => work(stop.Token), stop.Token).ConfigureAwait(false);
            }
            finally
            {
                places.Release();
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested && !closing.IsCancellationRequested)
        {
            throw new RequestException(RequestException.Busy, FormattableString.Invariant($"the answer took longer than {timeout.TotalSeconds:0.#} seconds; try a shorter text"));
        }
        finally
        {
            Interlocked.Decrement(ref present);
        }
    }

    /// <summary>Asks what runs to end.</summary>
    internal void Close() => closing.Cancel();

    public void Dispose()
    {
        closing.Dispose();
        places.Dispose();
    }
}
