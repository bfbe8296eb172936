using Microsoft.AspNetCore.Http;
using Pellucid.Explain.Exports;
using Pellucid.Explain.Tours;
using Pellucid.Server.Http;

namespace Pellucid.Server.Endpoints;

/// <summary>GET /api/tours: the names and titles. GET /api/tours/NAME: one tour with its numbers.</summary>
internal static class TourEndpoints
{
    internal static async Task ListAsync(HttpContext context, Workshop workshop)
    {
        byte[] list = await workshop.Workers.RunAsync(context, _ => Reply.ToJson(TourJson.WriteList)).ConfigureAwait(false);
        await Reply.BytesAsync(context, list, Reply.Json).ConfigureAwait(false);
    }

    internal static async Task TourAsync(HttpContext context, Workshop workshop)
    {
        string name = (string)context.Request.RouteValues["name"]!;
        var tour = await workshop.Workers.RunAsync(context, _ => Tour.Find(name)).ConfigureAwait(false)
            ?? throw new RequestException(RequestException.NotFound, $"there is no tour of this name (there is: {string.Join(", ", Tour.Names)})");
        await Reply.JsonAsync(context, json => TourJson.Write(json, tour)).ConfigureAwait(false);
    }
}
