using System.Buffers.Binary;
using System.Text;

namespace Pellucid.Text.Normalization;

/// <summary>Compiles normalisation rules into the form in which SentencePiece stores them; see <see cref="CharsMap"/>.</summary>
internal static class CharsMapCompiler
{
    /// <param name="rules">What becomes what; nothing may become of the empty string, and no string holds a null character.</param>
    public static byte[] Compile(IReadOnlyDictionary<string, string> rules)
    {
        var strings = new MemoryStream();
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var target in rules.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            positions[target] = (int)strings.Length;
            strings.Write(Encoding.UTF8.GetBytes(target));
            strings.WriteByte(0);
        }
        var sorted = rules.Select(rule => (Key: Encoding.UTF8.GetBytes(rule.Key), Value: positions[rule.Value])).ToList();
        sorted.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var units = DoubleArray.Build([.. sorted.Select(rule => rule.Key)], [.. sorted.Select(rule => rule.Value)]);
        var blob = new byte[4 + 4 * units.Length + strings.Length];
        BinaryPrimitives.WriteInt32LittleEndian(blob, 4 * units.Length);
        for (var i = 0; i < units.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(4 + 4 * i), units[i]);
        strings.GetBuffer().AsSpan(0, (int)strings.Length).CopyTo(blob.AsSpan(4 + 4 * units.Length));
        return blob;
    }
}
