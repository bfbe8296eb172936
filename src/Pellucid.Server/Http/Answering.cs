using Microsoft.AspNetCore.Http;
using Pellucid.Explain.Traces;
using Pellucid.Models.Checkpoints;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Text;

namespace Pellucid.Server.Http;

/// <summary>What surrounds every endpoint: the gate before it, and after it an answer in JSON whatever happened.</summary>
internal sealed class Answering(Gate gate, Action<string> report)
{
    internal async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        Gate.AddHeaders(context.Response.Headers, isPage: false);
        try
        {
            gate.Check(context.Request);
            await next(context).ConfigureAwait(false);
            if (!context.Response.HasStarted && context.Response.StatusCode >= 400 && context.Response.ContentType is null)
                await Reply.ErrorAsync(context, context.Response.StatusCode, Nothing(context)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for an answer: the client has gone, or the server ends.
            context.Abort();
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            var (status, message) = Told(error);
            if (status >= 500 && error is not RequestException)
                report($"{context.Request.Method} {context.Request.Path}: {error}");
            context.Response.Clear();
            Gate.AddHeaders(context.Response.Headers, isPage: false);
            await Reply.ErrorAsync(context, status, message).ConfigureAwait(false);
        }
    }

    private static string Nothing(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => "there is nothing at this address; docs/server.md lists what there is",
        StatusCodes.Status405MethodNotAllowed => $"this address does not take {context.Request.Method}",
        _ => "the request cannot be answered",
    };

    private static (int Status, string Message) Told(Exception error) => error switch
    {
        RequestException refused => (refused.Status, refused.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (RequestException.TooLarge, "the request is too large"),
        BadHttpRequestException bad => (bad.StatusCode, "the request is malformed"),
        ArgumentException or GenerationException or ShapeException or TokenizerException or CheckpointException => (RequestException.Unprocessable, Single(error.Message)),
        TraceException broken => (500, Single(broken.Message)),
        OutOfMemoryException => (RequestException.Busy, "there is not enough memory for this; try a shorter text"),
        _ => (500, $"an error in pellucid itself ({error.GetType().Name})"),
    };

    private static string Single(string message)
    {
        int end = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).ReplaceLineEndings(" ");
    }
}
