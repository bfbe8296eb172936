using System.Diagnostics;
using Pellucid.Models.Architectures;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tensors.Recording;

namespace Pellucid.Benchmarks;

/// <summary>
/// Translation, timed: a model of random weights reads N sentences of S tokens and is made to write exactly T tokens for each,
/// so that the work depends on the shape alone. The rate counts the tokens of the best hypotheses, without the end tokens.
/// </summary>
internal sealed class Decoding
{
    private static readonly Dictionary<string, TransformerConfig> Shapes = new()
    {
        ["small"] = TransformerConfig.Small with { VocabularySize = 8000 },
        ["base"] = TransformerConfig.Base with { VocabularySize = 32000 },
    };

    private readonly Transformer model;
    private readonly int[][] sources;
    private readonly DecodingOptions options;
    private readonly int targetLength;

    /// <param name="model">The model; its weights do not matter.</param>
    /// <param name="sentences">N, decoded together.</param>
    /// <param name="beam">The beam width; 1 is greedy search.</param>
    /// <param name="sourceLength">S, the end token included.</param>
    /// <param name="targetLength">T, the end token not counted.</param>
    internal Decoding(Transformer model, int sentences, int beam, int sourceLength = 20, int targetLength = 20)
    {
        (this.model, this.targetLength) = (model, targetLength);
        var rng = new Rng(2);
        int next = 0;
        sources = [.. Enumerable.Range(0, sentences).Select(_ => (int[])[.. Enumerable.Range(1, sourceLength - 1).Select(_ => Word()), model.Config.EndId])];
        options = new DecodingOptions
        {
            Search = beam == 1 ? new Search.Greedy() : new Search.Beam(beam),
            MinimumLength = new(0, targetLength),
            MaximumLength = new(0, targetLength),
        };

        int Word() => 3 + rng.Below(model.Config.VocabularySize - 3, (ulong)next++);
    }

    internal static IEnumerable<string> Names => Shapes.Keys;

    /// <summary>The shape's config; <c>small</c> has V = 8000, <c>base</c> 32000.</summary>
    internal static TransformerConfig Config(string shape) => Shapes[shape];

    /// <summary>A model of the shape with random weights, ready for inference in this precision.</summary>
    internal static Transformer Model(string shape, Precision precision)
    {
        var model = Transformer.Create(Shapes[shape], new Rng(1));
        model.Prepare(precision);
        return model;
    }

    /// <summary>Weights that every step reads whole: the decoder's, less those that only the source passes through, and the output matrix.</summary>
    internal static long WeightsPerStep(TransformerConfig config)
    {
        long d = config.Width, layer = 6 * d * d + 2 * d * config.HiddenWidth;
        return config.DecoderLayers * layer + config.VocabularySize * d;
    }

    /// <summary>One translation of all sentences; its time in seconds.</summary>
    internal double Once()
    {
        long start = Stopwatch.GetTimestamp();
        var found = Generator.Generate(model, sources, options);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (found.Any(hypotheses => hypotheses[0].Tokens.Length != targetLength))
            throw new InvalidOperationException($"a target does not have {targetLength} tokens.");
        return seconds;
    }

    /// <summary>Repeats <see cref="Once"/> for about so many seconds, after warming up.</summary>
    internal DecodingRate Run(double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / 4; i++)
            Once();
        var times = new List<double>();
        start = Stopwatch.GetTimestamp();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        while (times.Count < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            times.Add(Once());
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        times.Sort();
        double tokens = sources.Length * targetLength;
        return new DecodingRate(tokens / times[times.Count / 2], tokens / times[0], times[times.Count / 2] * 1e3 / (targetLength + 1), allocated / times.Count / (targetLength + 1));
    }

    /// <summary>Milliseconds of one translation by op (linear maps by shape), the largest first, and what lies between the ops; timing itself costs a little.</summary>
    internal IReadOnlyList<(string Part, double Milliseconds, int Calls)> Profile(int repeats)
    {
        Once();
        var timer = new OpTimer();
        double total = 0;
        using (Recorder.Begin(observers: timer))
            for (int i = 0; i < repeats; i++)
                total += Once();
        var parts = timer.Parts.Select(part => (part.Key, part.Value.Seconds * 1e3 / repeats, part.Value.Calls / repeats)).OrderByDescending(part => part.Item2).ToList();
        parts.Add(("between the ops", total * 1e3 / repeats - parts.Sum(part => part.Item2), 0));
        return parts;
    }

    private sealed class OpTimer : IRecorderObserver
    {
        private long start;

        internal Dictionary<string, (double Seconds, int Calls)> Parts { get; } = [];

        public void Before(Recorder recorder, Pellucid.Tensors.Ops.Op op) => start = Stopwatch.GetTimestamp();

        public void After(Recorder recorder, Pellucid.Tensors.Ops.Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            string part = op.Name == "linear" ? $"linear {inputs[0].Shape.Rows} x {inputs[0].Shape[^1]} to {output.Shape[^1]}" : op.Name;
            var (sum, calls) = Parts.GetValueOrDefault(part);
            Parts[part] = (sum + seconds, calls + 1);
        }
    }
}

/// <summary>What decoding reached.</summary>
/// <param name="TokensPerSecond">The median.</param>
/// <param name="MostTokensPerSecond">The fastest run's.</param>
/// <param name="StepMs">The median run's milliseconds a step, the encoder's work spread over them.</param>
/// <param name="AllocatedPerStep">Managed bytes a step.</param>
internal sealed record DecodingRate(double TokensPerSecond, double MostTokensPerSecond, double StepMs, long AllocatedPerStep);
