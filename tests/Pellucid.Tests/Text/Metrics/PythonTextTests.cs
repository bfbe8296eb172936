using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class PythonTextTests
{
    // Every answer is what Python 3's f"{x:.2f}" prints.
    [Theory]
    [InlineData(0.125, "0.12")]
    [InlineData(0.375, "0.38")]
    [InlineData(1.005, "1.00")]
    [InlineData(2.675, "2.67")]
    [InlineData(26.605, "26.61")]
    [InlineData(-0.125, "-0.12")]
    [InlineData(100.00000000000004, "100.00")]
    public void DigitsAreRoundedFromTheExactBinaryValue(double value, string printed) => Assert.Equal(printed, PythonText.Fixed(value, 2));

    // Python 3: "...".lower()
    [Theory]
    [InlineData("ÄÖÜ ẞ Ǆ", "äöü ß ǆ")]
    [InlineData("İstanbul", "i\u0307stanbul")]
    [InlineData("ΟΔΟΣ ΣΟΦΟΣ, ΑΣ'Β Σ", "οδος σοφος, ασ'β σ")]
    [InlineData("ⅣΣ", "ⅳς")]
    [InlineData("\U00010400Σ", "\U00010428ς")]
    public void LowerCaseIsUnicodesFullMapping(string text, string lower) => Assert.Equal(lower, PythonText.ToLower(text));
}
