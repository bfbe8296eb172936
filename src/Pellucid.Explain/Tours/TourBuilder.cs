using Pellucid.Explain.Traces;
using Pellucid.Models.Positions;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Explain.Tours;

/// <summary>Computes a tour's tensors with the engine, one elementary operation after another, and keeps how each came about.</summary>
internal sealed class TourBuilder(string name)
{
    private const ulong Seed = 2017;

    private readonly Rng rng = new Rng(Seed).Split("tour").Split(name);
    private readonly Dictionary<string, Tensor> values = new(StringComparer.Ordinal);
    private readonly List<TraceTensor> tensors = [];
    private readonly List<TraceOp> ops = [];
    private readonly List<TourStep> steps = [];

    internal Tensor this[string tensor] => values[tensor];

    /// <summary>A matrix from the seed, normal with deviation 1/√(last axis), as a model's weights start.</summary>
    internal string Weight(string tensor, string axes, params int[] shape)
    {
        float[] drawn = new float[shape.Aggregate(1, (product, length) => product * length)];
        rng.Split(tensor).FillNormal(0, drawn, 0, (float)(1 / Math.Sqrt(shape[^1])));
        return Keep(tensor, axes, Tensor.From(drawn, Shape.Of(shape)), TensorOrigin.Weight);
    }

    /// <summary>Numbers that the text itself gives.</summary>
    internal string Given(string tensor, string axes, int[] shape, params float[] numbers) => Keep(tensor, axes, Tensor.From(numbers, Shape.Of(shape)), TensorOrigin.Weight);

    /// <summary>A tensor on show that is no operation of a model: another order of the same numbers.</summary>
    internal string Shown(string tensor, string axes, Tensor value) => Keep(tensor, axes, value, TensorOrigin.Computed);

    internal string Lookup(string tensor, string table, int[] ids)
    {
        var value = values[table].Embed(Indices.From(ids, [1, ids.Length]));
        return Op(OpKinds.Lookup, tensor, "B T D", value, [new("table", table)], ids: ids);
    }

    internal string Positions(string tensor, int length, int width) =>
        Op(OpKinds.Positions, tensor, "T D", SinusoidalPositions.Table(0, length, width), [], new() { ["start"] = 0, ["width"] = width, ["layout"] = 0 });

    internal string Add(string tensor, string a, string b) => Op(OpKinds.Add, tensor, "B T D", values[a].Add(values[b]), [new("a", a), new("b", b)]);

    /// <summary>x Wᵀ, with the axes of the result.</summary>
    internal string Linear(string tensor, string axes, string x, string weight) =>
        Op(OpKinds.Linear, tensor, axes, values[x].Linear(values[weight]), [new("x", x), new("weight", weight)]);

    internal string Relu(string tensor, string axes, string x) => Op(OpKinds.Relu, tensor, axes, values[x].Relu(), [new("x", x)]);

    /// <summary>[B, T, H K] to [B, T, H, K].</summary>
    internal string SplitHeads(string tensor, string axes, string x, int heads)
    {
        var from = values[x];
        return Op(OpKinds.SplitHeads, tensor, axes, from.Reshape([from.Shape[0], from.Shape[1], heads, from.Shape[2] / heads]), [new("x", x)]);
    }

    internal string MergeHeads(string tensor, string x)
    {
        var from = values[x];
        return Op(OpKinds.MergeHeads, tensor, "B T D", from.Reshape([from.Shape[0], from.Shape[1], from.Shape[2] * from.Shape[3]]), [new("x", x)]);
    }

    /// <summary>Scores, scaled, masked where there is a mask, weights and context of attention, under <c>place.</c>; returns the context's name.</summary>
    internal string Attention(string place, string query, string key, string value, bool[]? visible = null)
    {
        var (q, k, v) = (values[query], values[key], values[value]);
        string at = Op(OpKinds.Scores, place + "scores", "B H T S", q.Transpose(0, 2, 1, 3).MatMul(k.Transpose(0, 2, 1, 3), transposeB: true), [new("query", query), new("key", key)]);
        float scale = 1 / MathF.Sqrt(q.Shape[3]);
        at = Op(OpKinds.Scale, place + "scaled", "B H T S", values[at].Scale(scale), [new("x", at)], new() { ["scale"] = scale });
        if (visible is not null)
            at = Op(OpKinds.Mask, place + "masked", "B H T S", Masked(values[at], visible), [new("x", at)], visible: visible);
        at = Op(OpKinds.Softmax, place + "weights", "B H T S", values[at].Softmax(), [new("x", at)]);
        var context = values[at].MatMul(v.Transpose(0, 2, 1, 3)).Transpose(0, 2, 1, 3);
        return Op(OpKinds.Context, place + "context", "B T H K", context, [new("weights", at), new("value", value)]);
    }

    /// <summary>c · x.</summary>
    internal string Scale(string tensor, string axes, string x, float scale) =>
        Op(OpKinds.Scale, tensor, axes, values[x].Scale(scale), [new("x", x)], new() { ["scale"] = scale });

    /// <summary>a + b; b may lack leading axes.</summary>
    internal string Add(string tensor, string axes, string a, string b) => Op(OpKinds.Add, tensor, axes, values[a].Add(values[b]), [new("a", a), new("b", b)]);

    /// <summary>q kᵀ: [B, T, H, K] and [B, S, H, K] to [B, H, T, S].</summary>
    internal string Scores(string tensor, string query, string key) =>
        Op(OpKinds.Scores, tensor, "B H T S", values[query].Transpose(0, 2, 1, 3).MatMul(values[key].Transpose(0, 2, 1, 3), transposeB: true), [new("query", query), new("key", key)]);

    /// <summary>Weighted sums of rows: [B, H, T, S] and [B, S, H, K] to [B, T, H, K].</summary>
    internal string WeightedSum(string tensor, string weights, string value) =>
        Op(OpKinds.Context, tensor, "B T H K", values[weights].MatMul(values[value].Transpose(0, 2, 1, 3)).Transpose(0, 2, 1, 3), [new("weights", weights), new("value", value)]);

    /// <summary>1 / (1 + e^−x).</summary>
    internal string Sigmoid(string tensor, string axes, string x)
    {
        var from = values[x];
        float[] y = [.. from.ToArray().Select(number => 1 / (1 + MathF.Exp(-number)))];
        return Op(OpKinds.Sigmoid, tensor, axes, Tensor.From(y, from.Shape), [new("x", x)]);
    }

    internal string Softmax(string tensor, string axes, string x) => Op(OpKinds.Softmax, tensor, axes, values[x].Softmax(), [new("x", x)]);

    /// <summary>Mean, variance and output of a layer norm, under <c>place.</c>; returns the output's name.</summary>
    internal string Norm(string place, string x, string gamma, string beta)
    {
        const float epsilon = 1e-5f;
        var from = values[x];
        int width = from.Shape[2];
        string mean = Op(OpKinds.Mean, place + "mean", "B T", from.Mean(2).Reshape([from.Shape[0], from.Shape[1]]), [new("x", x)]);
        var centred = from.Subtract(values[mean].Reshape([from.Shape[0], from.Shape[1], 1]));
        var squared = centred.Multiply(centred).Sum(2).Reshape([from.Shape[0], from.Shape[1]]).Scale(1f / width);
        string variance = Op(OpKinds.Variance, place + "variance", "B T", squared, [new("x", x), new("mean", mean)]);
        return Op(
            OpKinds.Normalize, place + "output", "B T D", from.LayerNorm(values[gamma], values[beta], epsilon),
            [new("x", x), new("mean", mean), new("variance", variance), new("gamma", gamma), new("beta", beta)], new() { ["epsilon"] = epsilon });
    }

    /// <summary>Ends a step; its texts are <c>tour.id.title</c> and <c>tour.id.text</c>.</summary>
    /// <param name="words">Words of the text by name, filled in like numbers.</param>
    /// <param name="map">Places on a plane.</param>
    internal void Step(string id, string? formula, IReadOnlyList<TourView> views, IReadOnlyList<TourToken>? tokens = null, Dictionary<string, double>? numbers = null,
        Dictionary<string, string>? words = null, TourMap? map = null)
    {
        numbers ??= [];
        LocalText Text(string part) => TourTexts.Of($"{name}.{id}.{part}", numbers, words);
        steps.Add(new TourStep(id, Text("title"), Text("text"), formula, tokens ?? [], views, numbers) { Map = map });
    }

    /// <summary>A view of a tensor; <paramref name="part"/> fixes axes by letter.</summary>
    internal static TourView View(string tensor, IEnumerable<string>? rows = null, IEnumerable<string>? columns = null, params (string Axis, int Index)[] part) =>
        new(tensor, [.. (rows ?? []).Select(LocalText.Same)], [.. (columns ?? []).Select(LocalText.Same)], part.ToDictionary(entry => entry.Axis, entry => entry.Index, StringComparer.Ordinal));

    internal Tour Build() => new(name, TourTexts.Of($"{name}.title"), steps, tensors, ops);

    /// <summary>Drops the values of a tensor that is too large to show; its shape stays.</summary>
    internal void Forget(string tensor)
    {
        int at = tensors.FindIndex(entry => entry.Name == tensor);
        tensors[at] = tensors[at] with { Values = null };
    }

    private string Op(string kind, string output, string axes, Tensor value, TraceInput[] inputs, Dictionary<string, double>? numbers = null, int[]? ids = null, bool[]? visible = null)
    {
        ops.Add(new TraceOp(kind, output, inputs, numbers ?? [], ids, visible));
        return Keep(output, axes, value, TensorOrigin.Computed);
    }

    private string Keep(string tensor, string axes, Tensor value, TensorOrigin origin)
    {
        values.Add(tensor, value);
        tensors.Add(new TraceTensor(tensor, axes, value.Shape.Lengths.ToArray(), origin, value.ToArray()));
        return tensor;
    }

    /// <summary>x [B, H, T, S] with minus infinity where nothing is visible, [B, T, S].</summary>
    private static Tensor Masked(Tensor x, bool[] visible)
    {
        var (heads, cells) = (x.Shape[1], x.Shape[2] * x.Shape[3]);
        float[] added = new float[x.Count];
        for (int at = 0; at < added.Length; at++)
            added[at] = visible[at / cells / heads * cells + at % cells] ? 0 : float.NegativeInfinity;
        return x.Add(Tensor.From(added, x.Shape));
    }
}
