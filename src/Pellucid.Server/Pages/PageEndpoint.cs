using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Pellucid.Server.Http;

namespace Pellucid.Server.Pages;

/// <summary>Serves the page's files, packed where the browser takes that. A file whose name carries a hash never changes and may be kept.</summary>
internal static class PageEndpoint
{
    internal static Task ServeAsync(HttpContext context)
    {
        string path = context.Request.Path.Value?.TrimStart('/') ?? "";
        if (PageFiles.Find(path.Length == 0 ? "index.html" : path) is not { } file)
            throw new RequestException(RequestException.NotFound, "there is nothing at this address; docs/server.md lists what there is");
        var headers = context.Response.Headers;
        Gate.AddHeaders(headers, isPage: true);
        headers.CacheControl = path.StartsWith("assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        headers.ETag = file.Tag;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (context.Request.Headers.IfNoneMatch == file.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        if (!TakesGzip(context.Request.Headers.AcceptEncoding.ToString()) || file.Packed.Length >= file.Content.Length)
            return Reply.BytesAsync(context, file.Content, file.Type);
        headers.ContentEncoding = "gzip";
        return Reply.BytesAsync(context, file.Packed, file.Type);
    }

    private static bool TakesGzip(string accepted) =>
        accepted.Split(',').Select(part => part.Trim()).Any(part => part == "gzip" || (part.StartsWith("gzip;", StringComparison.Ordinal) && !part.EndsWith("q=0", StringComparison.Ordinal)));
}
