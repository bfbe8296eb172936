using System.Text;

namespace Pellucid.Tests.Text.Tokenizers.ByteLevel;

/// <summary>Strings of any UTF-16 units: every plane, surrogates alone, runs of spaces and of one character.</summary>
internal static class RandomUnicode
{
    public static IEnumerable<string> Strings(int count, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var n = 0; n < count; n++)
        {
            text.Clear();
            for (var parts = random.Next(20); parts > 0; parts--)
            {
                switch (random.Next(8))
                {
                    case 0: text.Append((char)random.Next(0x10000)); break;
                    case 1: text.Append(char.ConvertFromUtf32(random.Next(0x10000, 0x110000))); break;
                    case 2: text.Append((char)random.Next(0xD800, 0xE000)); break;
                    case 3: text.Append(" \t\n\r\u00A0\u2003\u3000"[random.Next(7)], random.Next(1, 5)); break;
                    case 4: text.Append((char)random.Next(0x20, 0x7F), random.Next(1, 70)); break;
                    case 5: text.Append("'s't're've'm'll'd".AsSpan(random.Next(10), random.Next(6))); break;
                    default: text.Append((char)random.Next(0x20, 0x7F)); break;
                }
            }
            yield return text.ToString();
        }
    }
}
