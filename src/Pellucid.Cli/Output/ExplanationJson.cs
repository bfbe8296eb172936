using Pellucid.Explain.Walks;

namespace Pellucid.Cli.Output;

/// <summary>What explain writes as JSON, one line for each sentence.</summary>
internal static class ExplanationJson
{
    public static string Cell(Walk walk, CellReference cell) => JsonLine.Write(json =>
    {
        json.WriteString("text", walk.Trace.Header.Text);
        json.WritePropertyName("cell");
        CellJson.Write(json, walk, cell.Tensor, [.. cell.Index]);
    });

    public static string Walk(Walk walk, WalkFilter filter) => JsonLine.Write(json =>
    {
        json.WriteString("text", walk.Trace.Header.Text);
        json.WriteString("translation", walk.Trace.Header.Translation);
        json.WritePropertyName("steps");
        WalkJson.Write(json, filter.Of(walk).Select(index => walk.Steps[index]));
    });
}
