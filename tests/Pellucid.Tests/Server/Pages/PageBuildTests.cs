using System.Diagnostics;
using Pellucid.Server.Pages;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>The committed build of the page: small, complete, and the very build of its source.</summary>
public sealed class PageBuildTests
{
    private const int MostCompressedBytes = 100_000;

    [Fact]
    public void TheScriptStaysUnderAHundredKilobytesCompressed()
    {
        long compressed = PageFiles.Names.Where(name => name.EndsWith(".js", StringComparison.Ordinal)).Sum(name => (long)PageFiles.Find(name)!.Packed.Length);
        Assert.InRange(compressed, 1000, MostCompressedBytes);
    }

    [Fact]
    public void ThePageAsksNoOtherHost()
    {
        foreach (string name in PageFiles.Names.Where(name => Path.GetExtension(name) is ".html" or ".css"))
        {
            string text = System.Text.Encoding.UTF8.GetString(PageFiles.Find(name)!.Content);
            Assert.DoesNotMatch(@"(src|href|url)\s*[=(]\s*['""]?(https?:)?//", text);
        }
    }

    [Fact]
    public void TheCommittedBuildIsTheBuildOfTheSourceAndItsOwnTestsPass()
    {
        Assert.SkipWhen(Find("npm") is null, "no npm here: the committed build of the page was not compared with its source");
        using var box = new Box();
        foreach (string file in Sources())
        {
            box.Copy(file);
        }

        string web = Path.Combine(box.Root, "web");
        var (installed, said) = Run(web, "npm", "ci --prefer-offline --no-audit --no-fund");
        Assert.SkipUnless(installed, $"npm could not install the page's packages: {said}");
        var (built, output) = Run(web, "npm", "run -s build");
        Assert.True(built, output);
        var (passed, report) = Run(web, "npm", "run -s test");
        Assert.True(passed, report);
        string made = Path.Combine(box.Root, "src", "Pellucid.Server", "wwwroot");
        Assert.Equal(PageFiles.Names, Directory.EnumerateFiles(made, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(made, file).Replace('\\', '/')).Order(StringComparer.Ordinal));
        foreach (string name in PageFiles.Names)
        {
            Assert.True(PageFiles.Find(name)!.Content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(made, name))), $"{name} is not what web/ builds; run web/build.sh");
        }
    }

    /// <summary>What the build reads: web/ and the texts and formulas that it shares with the terminal.</summary>
    private static IEnumerable<string> Sources() => new[] { "web", "src/Pellucid.Explain/Formulas", "src/Pellucid.Explain/Languages" }
        .SelectMany(folder => Directory.EnumerateFiles(Repository.At(folder), "*", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
        .Where(file => !file.Contains("node_modules/") && !file.EndsWith(".cs", StringComparison.Ordinal));

    private static (bool Ok, string Output) Run(string folder, string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Find(program)!, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            return (false, "it took more than two minutes");
        }

        return (process.ExitCode == 0, output.Result + errors.Result);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".cmd" : program))
        .FirstOrDefault(File.Exists);

    /// <summary>A folder of its own that goes away.</summary>
    private sealed class Box : IDisposable
    {
        public string Root { get; } = Directory.CreateTempSubdirectory("pellucid-page-").FullName;

        public void Copy(string file)
        {
            string to = Path.Combine(Root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Repository.At(file), to);
        }

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
