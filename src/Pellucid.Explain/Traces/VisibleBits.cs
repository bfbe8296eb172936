namespace Pellucid.Explain.Traces;

/// <summary>A mask as bits: value i is bit i mod 8 of byte i / 8, the lowest first.</summary>
internal static class VisibleBits
{
    public static byte[] Pack(ReadOnlySpan<bool> visible)
    {
        byte[] bits = new byte[(visible.Length + 7) / 8];
        for (int i = 0; i < visible.Length; i++)
            if (visible[i])
                bits[i / 8] |= (byte)(1 << (i % 8));
        return bits;
    }

    /// <summary>All bits, those that fill up the last byte too.</summary>
    public static bool[] Unpack(ReadOnlySpan<byte> bits)
    {
        bool[] visible = new bool[checked(bits.Length * 8)];
        for (int i = 0; i < visible.Length; i++)
            visible[i] = (bits[i / 8] >> (i % 8) & 1) != 0;
        return visible;
    }
}
