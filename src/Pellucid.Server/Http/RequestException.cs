namespace Pellucid.Server.Http;

/// <summary>A request that cannot be answered: its status, and what to tell.</summary>
internal sealed class RequestException(int status, string message) : Exception(message)
{
    internal const int BadRequest = 400, Forbidden = 403, NotFound = 404, TooLarge = 413, UnsupportedType = 415, Unprocessable = 422, Busy = 503;

    internal int Status { get; } = status;
}
