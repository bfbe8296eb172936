using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Optimization;
using Pellucid.Tensors.Recording;

namespace Pellucid.Explain.Laboratories;

/// <summary>
/// Learns a table of positions P [T, D] from random numbers, so that there is one to hold against the sinusoids: query and key are linear maps of P,
/// and softmax(Q Kᵀ / √D) of row t is to be all at t − 1 (row 0: at itself). Only the engine's ops, its tape and its Adam take part.
/// </summary>
internal static class PositionTraining
{
    // Small tables learn for longer; the largest still take a few seconds. A function of the size alone, so the same size gives the same table.
    private const double Budget = 4e9;
    private const int FewestSteps = 12, MostSteps = 300;
    private const double LearningRate = 0.01;

    internal static (Tensor Table, PositionLearning Learning) Run(int length, int width, Rng rng, CancellationToken cancellation)
    {
        double deviation = 1 / Math.Sqrt(width);
        Parameter table = Normal("table", length), query = Normal("query", width), key = Normal("key", width);
        Parameter[] parameters = [table, query, key];
        AdamMoments[] moments = [.. parameters.Select(parameter => new AdamMoments(parameter))];
        var targets = Indices.From([.. Enumerable.Range(0, length).Select(t => Math.Max(0, t - 1))], [length]);
        int steps = (int)Math.Clamp(Budget / (12.0 * length * width * (width + length)), FewestSteps, MostSteps);
        var (first, last) = (0.0, 0.0);
        for (int step = 1; step <= steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var recorder = Recorder.Begin(gradients: true);
            var scores = table.Linear(query).MatMul(table.Linear(key), transposeB: true).Scale((float)deviation);
            var loss = scores.CrossEntropy(targets);
            (first, last) = (step == 1 ? loss.Item() : first, loss.Item());
            foreach (var parameter in parameters)
                parameter.ClearGradient();
            recorder.Backward(loss);
            new AdamUpdate(step, LearningRate, 0.9, 0.98, 1e-9).Apply(parameters, moments);
        }
        return (Tensor.From(table.Values, table.Shape), new PositionLearning(steps, first, last));

        Parameter Normal(string name, int rows)
        {
            var stream = rng.Split(name);
            return Parameter.Make([rows, width], i => (float)(deviation * stream.Normal((ulong)i)));
        }
    }
}
