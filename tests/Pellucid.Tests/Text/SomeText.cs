using System.Text;

namespace Pellucid.Tests.Text;

/// <summary>Texts for tests: a few real sentences, and random ones that no tokenizer was made for.</summary>
internal static class SomeText
{
    private static readonly string[] Words =
        ["the", "library", "is", "Where", "don't", "¿Dónde", "está", "niño", "42", "1,000", "...", "!?", "中文", "日本語", "привет", "😀", "👩‍🚀", "e\u0301", "▁", "</s>", "<0x41>", "a\tb", "\n", "  ", "\u00A0", "\uFEFF", "ﬁ", "각"];

    public static readonly string[] Lines =
    [
        "You are welcome.", "De nada.", "Where is the library?", "¿Dónde está la biblioteca?", "I am hungry.", "Tengo hambre.",
        "The library is here, isn't it?", "La biblioteca está aquí, ¿no?", "He was there in 1984.", "Estuvo allí en 1984.",
        "low lower lowest new newer newest wide wider widest", "niño niña niños niñas", "the the the there then them these those",
    ];

    /// <summary>Words and raw scalar values mixed; every text is well-formed UTF-16.</summary>
    public static IEnumerable<string> Random(int count, int seed)
    {
        var random = new Random(seed);
        for (var n = 0; n < count; n++)
        {
            var text = new StringBuilder();
            var parts = random.Next(0, 12);
            for (var i = 0; i < parts; i++)
            {
                switch (random.Next(4))
                {
                    case 0:
                        text.Append(Words[random.Next(Words.Length)]).Append(' ');
                        break;
                    case 1:
                        text.Append(Words[random.Next(Words.Length)]);
                        break;
                    case 2:
                        text.Append((char)random.Next(0x20, 0x250));
                        break;
                    default:
                        var value = random.Next(0x110000 - 0x800);
                        text.Append(new Rune(value < 0xD800 ? value : value + 0x800));
                        break;
                }
            }
            yield return text.ToString();
        }
    }
}
