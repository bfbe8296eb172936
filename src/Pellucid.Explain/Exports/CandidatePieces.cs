using System.Globalization;
using System.Text.Json;
using Pellucid.Explain.Traces;
using Pellucid.Explain.Walks;

namespace Pellucid.Explain.Exports;

/// <summary>The spelling of the tokens that were likeliest at every step, by id: a reader of a document has no vocabulary.</summary>
internal static class CandidatePieces
{
    /// <summary>How many tokens of each step.</summary>
    public const int EachStep = 12;

    /// <summary>Writes one object; it is empty where the log-probabilities were not captured.</summary>
    public static void Write(Utf8JsonWriter json, Walk walk)
    {
        json.WriteStartObject();
        if (walk.Trace.Find(ChoiceSteps.LogProbabilities) is { Values: { } values } tensor)
            foreach (int id in Likeliest(values, tensor.Shape[^1]))
                json.WriteString(id.ToString(CultureInfo.InvariantCulture), walk.Piece(id));
        json.WriteEndObject();
    }

    private static SortedSet<int> Likeliest(float[] values, int vocabulary)
    {
        var found = new SortedSet<int>();
        var best = new PriorityQueue<int, float>();
        for (int row = 0; row < values.Length / vocabulary; row++)
        {
            best.Clear();
            for (int id = 0; id < vocabulary; id++)
            {
                float value = values[row * vocabulary + id];
                if (best.Count < EachStep)
                    best.Enqueue(id, value);
                else
                    best.EnqueueDequeue(id, value);
            }
            found.UnionWith(best.UnorderedItems.Select(item => item.Element));
        }
        return found;
    }
}
