using Pellucid.Explain.Walks;

namespace Pellucid.Tests.Explain.Walks;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain ▁text 你好 🙂 שלום é", "plain ▁text 你好 🙂 שלום é")]
    [InlineData("\u001b[31mred\u001b[0m", "\\u{1b}[31mred\\u{1b}[0m")]
    [InlineData("a\r\nb\tc\0\u007f\u009b", "a\\u{d}\\u{a}b\\u{9}c\\u{0}\\u{7f}\\u{9b}")]
    [InlineData("\u202Eevil\u2066\u200F\uFEFF", "\\u{202e}evil\\u{2066}\\u{200f}\\u{feff}")]
    [InlineData("\u2028\u3164", "\\u{2028}\\u{3164}")]
    public void WhatSteersATerminalIsWrittenOut(string text, string expected) => Assert.Equal(expected, Printable.Escape(text));

    [Fact]
    public void HalfASurrogatePairIsWrittenOut() => Assert.Equal("a\\u{d83d}b\\u{de42}", Printable.Escape("a" + (char)0xD83D + "b" + (char)0xDE42));

    [Theory]
    [InlineData("abc", 3), InlineData("你好", 4), InlineData("e\u0301", 1), InlineData("🙂", 2), InlineData("", 0)]
    public void ColumnsAreCountedAsATerminalCountsThem(string text, int width) => Assert.Equal(width, Printable.Width(text));

    [Fact]
    public void LongTextsAreCut()
    {
        Assert.Equal("abcd…", Printable.Fit("abcdefgh", 5));
        Assert.Equal("你…", Printable.Fit("你好吗", 4));
        Assert.Equal(20, Printable.Width(Printable.Fit(new string('x', 10_000), 20)));
        Assert.Equal("abcde", Printable.Fit("abcde", 5));
    }
}
