namespace Pellucid.Tests.Text;

/// <summary>How many random strings a test takes: as many as it says, or as many as <c>PELLUCID_RANDOM=1000000</c> asks for by hand.</summary>
internal static class RandomCount
{
    public static int Of(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("PELLUCID_RANDOM"), System.Globalization.CultureInfo.InvariantCulture, out var asked) ? asked : usual;
}
