using Pellucid.Server.Http;

namespace Pellucid.Server;

/// <summary>What the endpoints work with.</summary>
/// <param name="Translator">The model that is served.</param>
/// <param name="Options">The limits.</param>
/// <param name="Workers">Where the work is done.</param>
internal sealed record Workshop(Translator Translator, ServerOptions Options, Workers Workers);
