using Pellucid.Server.Explanations;
using Pellucid.Server.Http;

namespace Pellucid.Server;

/// <summary>What the endpoints work with.</summary>
/// <param name="Translator">The model that is served.</param>
/// <param name="Options">The limits.</param>
/// <param name="Workers">Where the work is done.</param>
/// <param name="Store">The explanations that can be asked about further.</param>
internal sealed record Workshop(Translator Translator, ServerOptions Options, Workers Workers, ExplanationStore Store)
{
    /// <summary>Files that are being made or sent. Each may take a hundred megabytes until its reader, who may be slow, has all of it.</summary>
    internal SemaphoreSlim Files { get; } = new(4);
}
