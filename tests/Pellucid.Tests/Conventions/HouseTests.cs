using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pellucid.Tests.Conventions;

/// <summary>The plan of the house (docs/architecture.md) as tests: who may know whom, and what no room may contain.</summary>
public sealed class HouseTests
{
    /// <summary>Each arrow is one ProjectReference. A room that does not exist yet is not referenced yet.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Pellucid.Tensors"] = [],
        ["Pellucid.Text"] = [],
        ["Pellucid.Models"] = ["Pellucid.Tensors"],
        ["Pellucid"] = ["Pellucid.Models", "Pellucid.Text"],
        ["Pellucid.Training"] = ["Pellucid"],
        ["Pellucid.Bench"] = ["Pellucid.Explain", "Pellucid.Training"],
        ["Pellucid.Explain"] = ["Pellucid"],
        ["Pellucid.Server"] = ["Pellucid.Explain"],
        ["Pellucid.Cli"] = ["Pellucid.Bench", "Pellucid.Server", "Pellucid.Training"],
    };

    [Fact]
    public void ProjectsKnowOnlyTheRoomsBelowThem()
    {
        string[] projects = [.. Directory.GetFiles(Repository.At("src"), "*.csproj", SearchOption.AllDirectories)];
        var rooms = projects.Select(project => Path.GetFileNameWithoutExtension(project)).ToHashSet();
        Assert.NotEmpty(projects);
        foreach (string project in projects)
        {
            string room = Path.GetFileNameWithoutExtension(project);
            Assert.True(Arrows.ContainsKey(room), $"{room} is not in the plan of the house");
            Assert.Equal(Path.GetFileName(Path.GetDirectoryName(project)), room);
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
                .Order(StringComparer.Ordinal);
            Assert.Equal(Arrows[room].Where(rooms.Contains).Order(StringComparer.Ordinal), references);
        }
    }

    [Fact]
    public void FoldersAreNounsOfTheDomain()
    {
        string[] words = ["Utils", "Util", "Utilities", "Helpers", "Helper", "Common", "Misc"];
        var folders = new[] { "src", "tests" }.SelectMany(Repository.Sources).SelectMany(file => file.Split('/')[..^1]).Distinct();
        Assert.DoesNotContain(folders, folder => words.Contains(folder, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void OnlyTheCommandLineTouchesConsoleAndExitCodes() =>
        NoSource(@"\bConsole\s*\.|System\.Console|\bEnvironment\s*\.\s*Exit\b", file => !file.StartsWith("src/Pellucid.Cli/", StringComparison.Ordinal));

    [Fact]
    public void NothingIsLeftForLater() => NoSource(@"NotImplementedException|\b(TODO|FIXME|HACK|XXX)\b", _ => true, comments: true);

    [Fact]
    public void RandomnessIsAnArgument() => NoSource(@"\bnew Random\s*\(|\bRandom\.Shared\b", _ => true);

    [Fact]
    public void TestsMirrorTheSources()
    {
        string[] own = ["Conventions", "Docs", "Goldens"];
        var rooms = Repository.Sources("tests/Pellucid.Tests").Select(file => file.Split('/')).Where(parts => parts.Length > 3).Select(parts => parts[2]).Distinct();
        foreach (string room in rooms.Except(own))
        {
            bool exists = Directory.Exists(Repository.At("src", $"Pellucid.{room}")) || Directory.Exists(Repository.At("src", room));
            Assert.True(exists, $"tests/Pellucid.Tests/{room} mirrors no project of src");
        }
    }

    private static void NoSource(string pattern, Func<string, bool> where, bool comments = false)
    {
        var found = new List<string>();
        foreach (string file in Repository.Sources("src").Where(where))
        {
            string[] lines = File.ReadAllLines(Repository.At(file));
            for (int i = 0; i < lines.Length; i++)
            {
                if ((comments || !lines[i].TrimStart().StartsWith("//", StringComparison.Ordinal)) && Regex.IsMatch(lines[i], pattern))
                {
                    found.Add($"{file}:{i + 1}: {lines[i].Trim()}");
                }
            }
        }

        Assert.Empty(found);
    }
}
