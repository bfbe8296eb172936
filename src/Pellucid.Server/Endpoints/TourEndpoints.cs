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
        var tours = await workshop.Workers.RunAsync(context, _ => Tour.Names.Select(name => Tour.Find(name)!).ToList()).ConfigureAwait(false);
        await Reply.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tours");
            foreach (var tour in tours)
            {
                json.WriteStartObject();
                json.WriteString("name", tour.Name);
                json.WriteStartObject("title");
                json.WriteString("en", tour.Title.English);
                json.WriteString("zh", tour.Title.Chinese);
                json.WriteEndObject();
                json.WriteNumber("steps", tour.Steps.Count);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    internal static async Task TourAsync(HttpContext context, Workshop workshop)
    {
        string name = (string)context.Request.RouteValues["name"]!;
        var tour = await workshop.Workers.RunAsync(context, _ => Tour.Find(name)).ConfigureAwait(false)
            ?? throw new RequestException(RequestException.NotFound, $"there is no tour of this name (there is: {string.Join(", ", Tour.Names)})");
        await Reply.JsonAsync(context, json => TourJson.Write(json, tour)).ConfigureAwait(false);
    }
}
