using System.Globalization;
using Microsoft.AspNetCore.Http;
using Pellucid.Models.Configuration;

namespace Pellucid.Server.Http;

/// <summary>The numbers and words behind the question mark of an address, read as strictly as a body.</summary>
internal sealed class RequestQuery
{
    private readonly IQueryCollection query;

    /// <param name="names">All names that may stand there.</param>
    /// <exception cref="RequestException">Another name stands there, or one stands there twice.</exception>
    internal RequestQuery(HttpContext context, params ReadOnlySpan<string> names)
    {
        query = context.Request.Query;
        foreach (var (name, values) in query)
        {
            if (!names.Contains(name))
                throw Bad($"there is no '{(name.Length <= 40 ? name : name[..40] + "…")}'{NearestName.Hint(name, names.ToArray())} (there is: {string.Join(", ", names.ToArray())})");
            if (values.Count > 1)
                throw Bad($"'{name}' is given {values.Count} times; keep one");
        }
    }

    internal bool Has(string name) => query.ContainsKey(name);

    internal string Word(string name, string otherwise) => query.TryGetValue(name, out var value) ? value.ToString() : otherwise;

    internal long Whole(string name, long least, long most, long otherwise)
    {
        if (!query.TryGetValue(name, out var value))
            return otherwise;
        return long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw Bad(FormattableString.Invariant($"'{name}' must be a whole number from {least} to {most}"));
    }

    internal bool Truth(string name, bool otherwise) => Word(name, otherwise ? "true" : "false") switch
    {
        "true" => true,
        "false" => false,
        _ => throw Bad($"'{name}' must be true or false"),
    };

    private static RequestException Bad(string message) => new(RequestException.BadRequest, message);
}
