namespace Pellucid.Tests.Server.Pages;

/// <summary>The system's own browser; Playwright downloads none.</summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Its path; null where there is none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>Skips the test on a machine without a browser.</summary>
    public static void Require() =>
        Assert.SkipWhen(Path is null, "no chromium here: apt-get install chromium, or set PELLUCID_CHROMIUM to a browser");

    private static string? Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string? named = Environment.GetEnvironmentVariable("PELLUCID_CHROMIUM");
        return (named is null ? Names : [named, .. Names])
            .SelectMany(name => System.IO.Path.IsPathRooted(name) ? [name] : folders.Select(folder => System.IO.Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }
}
