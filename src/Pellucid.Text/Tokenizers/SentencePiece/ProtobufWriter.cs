using System.Buffers.Binary;
using System.Text;

namespace Pellucid.Text.Tokenizers.SentencePiece;

/// <summary>Writes the fields of one message in Protocol Buffers' wire format.</summary>
internal sealed class ProtobufWriter
{
    private readonly MemoryStream _stream = new();

    public ReadOnlySpan<byte> Written => _stream.GetBuffer().AsSpan(0, (int)_stream.Length);

    public void Write(int field, int value)
    {
        Tag(field, ProtobufReader.Varint);
        Varint(unchecked((ulong)(long)value)); // a negative int32 takes ten bytes
    }

    public void Write(int field, bool value) => Write(field, value ? 1 : 0);

    public void Write(int field, float value)
    {
        Tag(field, ProtobufReader.Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    public void Write(int field, string value) => Write(field, Encoding.UTF8.GetBytes(value));

    public void Write(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, ProtobufReader.Bytes);
        Varint((ulong)value.Length);
        _stream.Write(value);
    }

    /// <summary>Fields that are written already, number and wire type included.</summary>
    public void WriteRaw(ReadOnlySpan<byte> fields) => _stream.Write(fields);

    private void Tag(int field, int wire) => Varint((ulong)field << 3 | (uint)wire);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _stream.WriteByte((byte)(value | 0x80));
        _stream.WriteByte((byte)value);
    }
}
