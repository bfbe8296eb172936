using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// Single ops under BenchmarkDotNet, each forward and with its derivative, and what tracing costs; whole steps, limits and peers are `pellucid bench`.
// usage: dotnet run -c Release --project bench/Pellucid.Benchmarks -- --filter '*Softmax*'
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
// In this process: the threads and the pool are the process's, and nothing is built a second time.
var config = DefaultConfig.Instance.AddJob(Job.MediumRun.WithLaunchCount(1).WithToolchain(InProcessEmitToolchain.Instance)).WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
