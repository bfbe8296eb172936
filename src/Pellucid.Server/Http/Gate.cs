using System.Net;
using Microsoft.AspNetCore.Http;

namespace Pellucid.Server.Http;

/// <summary>
/// Who may come in, and under which rules a browser shows what it gets. A page from elsewhere may neither read answers (no cross-origin headers are ever sent) nor
/// send work (its Origin gives it away), nor reach the server under a name of its own that it points at this machine: only hosts that cannot be rebound are answered.
/// </summary>
internal sealed class Gate(bool isLocal)
{
    internal const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string AnswerPolicy = "default-src 'none'; frame-ancestors 'none'";

    /// <exception cref="RequestException">The request comes from another site, or under a name that is not this machine's.</exception>
    internal void Check(HttpRequest request)
    {
        if (!Knows(request.Host.Host))
            throw new RequestException(RequestException.Forbidden, "this server answers only to localhost and to addresses in numbers; open the address that it printed");
        string origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase))
            throw new RequestException(RequestException.Forbidden, "requests from pages of another site are not answered");
    }

    internal static void AddHeaders(IHeaderDictionary headers, bool isPage)
    {
        headers.ContentSecurityPolicy = isPage ? PagePolicy : AnswerPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    // A name can be made to point anywhere; an address in numbers cannot.
    private bool Knows(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && (!isLocal || IPAddress.IsLoopback(address)));
}
