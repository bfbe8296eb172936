namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>
/// GPT-2's spelling of bytes: each of the 256 is one visible character, so that a piece of any bytes can be written down
/// (gpt-2/src/encoder.py, bytes_to_unicode). Those that are visible in Latin-1 are themselves, the others U+0100 and on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Build();
    private static readonly short[] Bytes = Invert(); // -1: a character of no byte

    /// <summary>The 256 bytes in the order of their characters, which is the order of GPT-2's first ids.</summary>
    public static IReadOnlyList<byte> InOrder { get; } = [.. Enumerable.Range(0, 256).Select(value => (byte)value).OrderBy(value => Characters[value])];

    public static char Character(byte value) => Characters[value];

    /// <summary>The byte of a character, or -1.</summary>
    public static int Byte(char character) => character < Bytes.Length ? Bytes[character] : -1;

    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var result = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) result[i] = Characters[bytes[i]];
        return new(result);
    }

    /// <summary>The bytes of a piece; false if a character of it stands for none.</summary>
    public static bool TryRead(ReadOnlySpan<char> piece, Span<byte> bytes)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            var value = Byte(piece[i]);
            if (value < 0) return false;
            bytes[i] = (byte)value;
        }
        return true;
    }

    /// <summary>Which of two spelled pieces comes first in the order of their bytes.</summary>
    public static int Compare(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
            if (a[i] != b[i]) return Byte(a[i]).CompareTo(Byte(b[i]));
        return a.Length.CompareTo(b.Length);
    }

    private static char[] Build()
    {
        var characters = new char[256];
        var hidden = 0;
        for (var value = 0; value < 256; value++)
            characters[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : (char)(0x100 + hidden++);
        return characters;
    }

    private static short[] Invert()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++) bytes[Characters[value]] = (short)value;
        return bytes;
    }
}
