using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Bench.Peers;

/// <summary>A Python library in a process of its own that lives from task to task and sleeps in between.</summary>
internal sealed class PythonPeer : IDisposable
{
    /// <summary>A peer's threads go on spinning for a while after their work (OpenBLAS: 2^26 cycles) and would slow down whoever is next.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);

    private readonly Process _process;

    private PythonPeer(Process process, string library, string name) => (_process, Library, Name) = (process, library, name);

    /// <summary>What it can be asked for.</summary>
    public string Library { get; }

    public string Name { get; }

    /// <summary>
    /// PyTorch. OpenBLAS picks AVX2 kernels on AMD machines by itself, so that it is started twice where that can matter, as it comes and told to use its AVX-512 kernels;
    /// the faster one of a task is the peer.
    /// </summary>
    /// <param name="python">The interpreter; null: the system's, then the first on the path.</param>
    /// <exception cref="PeerException">PyTorch is not installed, or does not answer.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<PythonPeer> StartTorch(string? python, CancellationToken cancellation) =>
        Start(new Source("PyTorch", "torch_peer.py", "python3-torch libopenblas0-pthread"), python, cancellation);

    /// <summary>gensim, whose vectors are short and its threads its own, so that OpenBLAS gets one.</summary>
    /// <param name="python">The interpreter; null: the system's, then the first on the path.</param>
    /// <exception cref="PeerException">gensim is not installed, or does not answer.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<PythonPeer> StartGensim(string? python, CancellationToken cancellation) =>
        Start(new Source("gensim", "gensim_peer.py", "python3-gensim"), python, cancellation);

    /// <summary>SentencePiece's own programs, which a script starts and times.</summary>
    /// <param name="python">The interpreter; null: the system's, then the first on the path.</param>
    /// <exception cref="PeerException">SentencePiece is not installed, or does not answer.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<PythonPeer> StartSentencePiece(string? python, CancellationToken cancellation) =>
        Start(new Source("SentencePiece", "sentencepiece_peer.py", "sentencepiece"), python, cancellation);

    /// <summary>How long one run takes, when as many as fit in the duration are run, at least one.</summary>
    /// <exception cref="PeerException">The peer failed.</exception>
    /// <exception cref="OperationCanceledException"/>
    public PeerTime Measure(PeerTask task, int threads, TimeSpan duration, CancellationToken cancellation)
    {
        var line = new JsonObject { ["kind"] = task.Kind, ["threads"] = threads, ["seconds"] = duration.TotalSeconds };
        foreach (var (name, size) in task.Sizes) line[name] = size;
        foreach (var (name, text) in task.Texts) line[name] = text;
        try
        {
            _process.StandardInput.WriteLine(line.ToJsonString());
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            throw new PeerException($"{Name} has ended without an answer");
        }
        var answer = Read(_process, cancellation) ?? throw new PeerException($"{Name} has ended without an answer");
        if ((string?)answer["error"] is { } error) throw new PeerException($"{Name} failed: {error}");
        if (answer["seconds"] is not JsonValue time || !time.TryGetValue(out double seconds) || answer["peak_bytes"] is not JsonValue most || !most.TryGetValue(out long bytes))
            throw new PeerException($"{Name} answers {answer.ToJsonString()}, which is no time");
        cancellation.WaitHandle.WaitOne(Rest);
        return new(seconds, bytes);
    }

    public void Dispose()
    {
        try
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended between the question and the order.
        }
        _process.Dispose();
    }

    private static IReadOnlyList<PythonPeer> Start(Source library, string? python, CancellationToken cancellation)
    {
        string[] candidates = python is null ? ["/usr/bin/python3", "python3"] : [python];
        var reasons = new List<string>();
        foreach (var candidate in candidates)
        {
            if (Start(library, candidate, null, reasons, cancellation) is not { } plain) continue;
            try
            {
                return library.Name == "PyTorch" && Machine.HasLanes512 && Start(library, candidate, "SkylakeX", reasons, cancellation) is { } other ? [plain, other] : [plain];
            }
            catch
            {
                plain.Dispose();
                throw;
            }
        }
        throw new PeerException($"{library.Name} is not installed ({string.Join("; ", reasons)}); on Debian and Ubuntu: apt-get install {library.Packages}");
    }

    private static PythonPeer? Start(Source library, string python, string? coreType, List<string> reasons, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(python, ["-u", "-c", Script(library.Script)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Remove("OPENBLAS_CORETYPE");
        if (coreType is not null) start.Environment["OPENBLAS_CORETYPE"] = coreType;
        if (library.Name == "gensim") start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception error) when (error is Win32Exception or FileNotFoundException)
        {
            reasons.Add($"there is no {python}");
            return null;
        }
        try
        {
            var hello = Read(process, cancellation);
            if ((string?)hello?["version"] is { } version) return new(process, library.Name, $"{library.Name} {version}{(coreType is null ? "" : ", OPENBLAS_CORETYPE=" + coreType)}");
            reasons.Add($"{python}: {(string?)hello?["missing"] ?? "no answer"}");
        }
        catch
        {
            new PythonPeer(process, "", "").Dispose();
            throw;
        }
        new PythonPeer(process, "", "").Dispose();
        return null;
    }

    private static JsonObject? Read(Process process, CancellationToken cancellation)
    {
        var line = process.StandardOutput.ReadLineAsync(cancellation).AsTask().GetAwaiter().GetResult();
        try
        {
            return line is null ? null : JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Script(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A library, the script that asks it, and the packages that have it.</summary>
    private sealed record Source(string Name, string Script, string Packages);
}
