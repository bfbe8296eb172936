using System.Buffers;
using System.Text;
using System.Text.Json;
using Pellucid.Explain.Exports;
using Pellucid.Explain.Verification;

namespace Pellucid.Tests.Explain.Exports;

public sealed class VerificationJsonTests
{
    [Fact]
    public void AnInfiniteErrorIsNullBecauseJsonHasNoInfinity()
    {
        var failure = new VerificationFailure("output.logits", "linear", [0, 2], double.PositiveInfinity, 1, double.PositiveInfinity);
        Assert.Equal(
            """{"ops":3,"max_relative_error":null,"worst":"output.logits","ok":false,"tolerance":1E-05,"unchecked":1,"failures":[{"tensor":"output.logits","kind":"linear","index":[0,2],"relative_error":null}]}""",
            Json(new VerificationReport(3, ["a"], double.PositiveInfinity, "output.logits", [failure], 1e-5)));
        Assert.Contains("\"max_relative_error\":2.5E-06,", Json(new VerificationReport(3, [], 2.5e-6, "output.logits", [], 1e-5)));
    }

    private static string Json(VerificationReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            VerificationJson.Write(json, report);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
