using System.Reflection;

namespace Pellucid.Tests.Conventions;

/// <summary>
/// The public surface of each library is approved by hand: PublicApi.*.txt beside this file.
/// After an intended change run <c>PELLUCID_APPROVE=1 ./test.sh PublicApi</c> and commit what it wrote.
/// </summary>
public sealed class PublicApiTests
{
    public static TheoryData<string> Libraries =>
        [.. Directory.GetDirectories(Repository.At("src")).Select(folder => Path.GetFileName(folder)).Where(name => name is not ("Pellucid.Cli" or "Pellucid.Bench")).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void ThePublicApiIsTheApprovedOne(string library)
    {
        string file = Repository.At("tests", "Pellucid.Tests", "Conventions", $"PublicApi.{library}.txt");
        string[] actual = ApiText.Of(Assembly.Load(library));
        if (Environment.GetEnvironmentVariable("PELLUCID_APPROVE") == "1")
        {
            File.WriteAllText(file, string.Concat(actual.Select(line => line + "\n")));
        }

        string[] approved = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] added = [.. actual.Except(approved).Select(line => "+ " + line)];
        string[] removed = [.. approved.Except(actual).Select(line => "- " + line)];
        Assert.True(
            actual.SequenceEqual(approved),
            $"the public API of {library} changed; if that is intended, approve it with PELLUCID_APPROVE=1 ./test.sh PublicApi:\n{string.Join('\n', [.. removed, .. added])}");
    }

    [Theory]
    [InlineData("Pellucid.Cli")]
    [InlineData("Pellucid.Bench")]
    public void TheCommandLineAndItsBenchmarksHaveNoPublicApi(string name) => Assert.Empty(ApiText.Of(Assembly.Load(name)));
}
