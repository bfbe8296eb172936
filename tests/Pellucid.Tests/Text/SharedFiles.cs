namespace Pellucid.Tests.Text;

/// <summary>Files beside the repository, which a test may find absent.</summary>
internal static class SharedFiles
{
    /// <summary>The path of a file in ../shared; skips the test if it is not there.</summary>
    public static string Require(string relativePath)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Pellucid.slnx"))) folder = folder.Parent;
        var path = Path.GetFullPath(Path.Combine(folder?.FullName ?? ".", "..", "shared", relativePath));
        if (!File.Exists(path)) Assert.Skip($"{relativePath} is not there");
        return path;
    }
}
