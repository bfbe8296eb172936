using System.Globalization;
using Pellucid.Benchmarks;
using Pellucid.Tensors;

// usage: dotnet run -c Release --project bench/Pellucid.Benchmarks -- [--threads N] [--steps N] [tiny|small|base ...]
//        dotnet run -c Release --project bench/Pellucid.Benchmarks -- decode [--threads N] [--seconds N] [--precision float32] [--profile] [small|base ...] [SENTENCESxBEAM ...]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return args is ["decode", .. var rest] ? Decode(rest) : Train(args);

static int Train(string[] args)
{
    var shapes = new List<string>();
    int steps = 5;
    for (int i = 0; i < args.Length; i++)
        if (args[i] is "--threads" or "--steps" && i + 1 < args.Length && int.TryParse(args[i + 1], out int number) && number > 0)
        {
            if (args[i++] == "--threads")
                Threading.Count = number;
            else
                steps = number;
        }
        else if (TrainingStep.Names.Contains(args[i]))
            shapes.Add(args[i]);
        else
            return NotUnderstood(args[i], $"--threads N, --steps N, or any of {string.Join(", ", TrainingStep.Names)}");
    foreach (string shape in shapes.Count > 0 ? shapes : TrainingStep.Names)
    {
        var m = TrainingStep.Run(shape, steps);
        Console.WriteLine($$"""{"shape": "{{m.Shape}}", "threads": {{m.Threads}}, "step_ms": {{m.LeastMs:f1}}, "median_ms": {{m.MedianMs:f1}}, "tokens_per_second": {{m.TokensPerSecond:f0}}}""");
    }
    return 0;
}

static int Decode(string[] args)
{
    var shapes = new List<string>();
    var loads = new List<(int Sentences, int Beam)>();
    double seconds = 2;
    bool profile = false;
    var precision = Precision.Float32;
    for (int i = 0; i < args.Length; i++)
        if (args[i] is "--threads" or "--seconds" && i + 1 < args.Length && int.TryParse(args[i + 1], out int number) && number > 0)
        {
            if (args[i++] == "--threads")
                Threading.Count = number;
            else
                seconds = number;
        }
        else if (args[i] == "--precision" && i + 1 < args.Length && Enum.TryParse(args[i + 1], ignoreCase: true, out precision))
            i++;
        else if (args[i] == "--profile")
            profile = true;
        else if (Decoding.Names.Contains(args[i]))
            shapes.Add(args[i]);
        else if (args[i].Split('x') is [var n, var beam] && int.TryParse(n, out int sentences) && int.TryParse(beam, out int width) && sentences > 0 && width > 0)
            loads.Add((sentences, width));
        else
            return NotUnderstood(args[i], $"--threads N, --seconds N, --precision P, --profile, SENTENCESxBEAM, or any of {string.Join(", ", Decoding.Names)}");
    foreach (string shape in shapes.Count > 0 ? shapes : Decoding.Names)
    {
        var model = Decoding.Model(shape, precision);
        foreach (var (sentences, beam) in loads.Count > 0 ? loads : [(1, 1), (1, 4), (32, 1), (32, 4)])
        {
            var decoding = new Decoding(model, sentences, beam);
            var rate = decoding.Run(seconds);
            Console.WriteLine($$"""{"shape": "{{shape}}", "precision": "{{precision}}", "sentences": {{sentences}}, "beam": {{beam}}, "threads": {{Threading.Count}}, "tokens_per_second": {{rate.TokensPerSecond:f0}}, "best": {{rate.MostTokensPerSecond:f0}}, "step_ms": {{rate.StepMs:f3}}, "bytes_per_step": {{rate.AllocatedPerStep}}}""");
            if (profile)
                foreach (var (part, milliseconds, calls) in decoding.Profile(Math.Max(1, (int)(rate.TokensPerSecond * seconds / 20 / sentences))))
                    Console.WriteLine($"  {part,-28} {milliseconds,10:f3} ms {calls,6} calls");
        }
    }
    return 0;
}

static int NotUnderstood(string word, string expected)
{
    Console.Error.WriteLine($"'{word}' is not understood; expected {expected}.");
    return 2;
}
