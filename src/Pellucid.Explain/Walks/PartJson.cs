using System.Text.Json;
using Pellucid.Explain.Exports;
using Pellucid.Explain.Formulas;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Walks;

/// <summary>What went into the tensors of a walk, as JSON: of each row of a softmax the maximum, the sum and the largest exponentials, of a norm mean, variance, γ and β.</summary>
internal static class PartJson
{
    private const int MostCells = 10;

    /// <summary>One object: the parts by the name of the tensor; computed in double precision from the recorded inputs.</summary>
    public static void Write(Utf8JsonWriter json, Trace trace, IEnumerable<WalkStep> steps)
    {
        json.WriteStartObject();
        foreach (var step in steps)
        {
            if (step.Tensor is not { } name || trace.Producer(name) is not { } op || trace.Find(name) is not { Shape.Length: > 0 } tensor)
                continue;
            if (new PartValues(trace, op) is { Parts.Count: > 0, IsKnown: true } values)
            {
                json.WritePropertyName(name);
                Write(json, values, tensor);
            }
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PartValues values, TraceTensor tensor)
    {
        int columns = tensor.Shape[^1];
        json.WriteStartObject();
        json.WriteStartArray("rows");
        for (long row = 0; row < tensor.Count / columns; row++)
            WriteRow(json, values, IndexOf(row, tensor.Shape), columns);
        json.WriteEndArray();
        foreach (var (part, i) in values.Parts.Where(part => part.Of == PartOf.Column).Select((part, i) => (part, i)))
        {
            json.WriteStartArray(part.Name);
            for (int column = 0; column < columns; column++)
                json.WriteNumberValue(values.Column([.. new int[tensor.Shape.Length - 1], column])[i]);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, PartValues values, int[] index, int columns)
    {
        double[] row = values.Row(index);
        json.WriteStartObject();
        json.WriteStartArray("index");
        foreach (int i in index[..^1])
            json.WriteNumberValue(i);
        json.WriteEndArray();
        foreach (var (part, value) in values.Parts.Where(part => part.Of == PartOf.Row).Zip(row))
            TensorJson.Number(json, part.Name, value);
        if (values.Parts.FirstOrDefault(part => part.Of == PartOf.Cell) is { } cell)
        {
            var largest = Enumerable.Range(0, columns).Select(column => (Column: column, Value: values.Cell([.. index[..^1], column], row)[0])).OrderByDescending(one => one.Value).ThenBy(one => one.Column);
            json.WriteStartArray(cell.Name + "s");
            foreach (var (column, value) in largest.Take(MostCells))
            {
                json.WriteStartObject();
                json.WriteNumber("column", column);
                json.WriteNumber("value", value);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    // The first cell of a row.
    private static int[] IndexOf(long row, int[] shape)
    {
        int[] index = new int[shape.Length];
        for (int axis = shape.Length - 2; axis >= 0; axis--)
            (index[axis], row) = ((int)(row % shape[axis]), row / shape[axis]);
        return index;
    }
}
