using System.Globalization;
using Pellucid.Benchmarks;
using Pellucid.Tensors;

// usage: dotnet run -c Release --project bench/Pellucid.Benchmarks -- [--threads N] [--steps N] [tiny|small|base ...]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
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
    {
        Console.Error.WriteLine($"'{args[i]}' is not understood; expected --threads N, --steps N, or any of {string.Join(", ", TrainingStep.Names)}.");
        return 2;
    }
foreach (string shape in shapes.Count > 0 ? shapes : TrainingStep.Names)
{
    var m = TrainingStep.Run(shape, steps);
    Console.WriteLine($$"""{"shape": "{{m.Shape}}", "threads": {{m.Threads}}, "step_ms": {{m.LeastMs:f1}}, "median_ms": {{m.MedianMs:f1}}, "tokens_per_second": {{m.TokensPerSecond:f0}}}""");
}
return 0;
