using System.Buffers.Binary;
using System.Text;

namespace Pellucid.Text.Tokenizers.SentencePiece;

/// <summary>
/// Reads the fields of one message in Protocol Buffers' wire format. Nothing is allocated by a length that the bytes do not have;
/// every fault is a <see cref="TokenizerException"/> that names the file, the message and the byte.
/// Protocol Buffers documentation, "Encoding".
/// </summary>
internal ref struct ProtobufReader
{
    public const int Varint = 0, Fixed64 = 1, Bytes = 2, StartGroup = 3, EndGroup = 4, Fixed32 = 5;

    private const int DeepestGroup = 64;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _data;
    private readonly string _file;
    private readonly string _message;
    private int _at;
    private int _start; // of the present field

    public ProtobufReader(ReadOnlySpan<byte> data, string file, string message)
    {
        _data = data;
        _file = file;
        _message = message;
    }

    /// <summary>The number of the present field.</summary>
    public int Field { get; private set; }

    /// <summary>The wire type of the present field.</summary>
    public int Wire { get; private set; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (_at == _data.Length) return false;
        _start = _at;
        var tag = ReadVarint();
        if (tag > uint.MaxValue || tag >> 3 == 0) throw Fault("holds the field number 0 or one out of range");
        Field = (int)(tag >> 3);
        Wire = (int)(tag & 7);
        return true;
    }

    public int Int32() => unchecked((int)Number());

    public bool Bool() => Number() != 0;

    public float Float()
    {
        Expect(Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public ReadOnlySpan<byte> Message()
    {
        Expect(Bytes);
        return Delimited();
    }

    /// <param name="tooLong">No text has this many bytes.</param>
    public string String(int tooLong = int.MaxValue)
    {
        var bytes = Message();
        if (bytes.Length >= tooLong) throw Fault(FormattableString.Invariant($"holds a text of {bytes.Length} bytes; less than {tooLong} are allowed"));
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw Fault("holds text that is not UTF-8", error);
        }
    }

    /// <summary>The bytes of the present field as far as they are read, its number and wire type included.</summary>
    public readonly ReadOnlySpan<byte> FieldBytes => _data[_start.._at];

    /// <summary>Passes over a field that this reader does not know and gives its bytes, number and wire type included.</summary>
    public ReadOnlySpan<byte> Skip()
    {
        SkipValue(Wire, Field, 0);
        return FieldBytes;
    }

    public readonly TokenizerException Fault(string what, Exception? inner = null) => new(
        FormattableString.Invariant($"{_message} {what}, at byte {_start} of it; this is no SentencePiece model, or it is damaged"), _file, null, inner);

    private void SkipValue(int wire, int field, int depth)
    {
        switch (wire)
        {
            case Varint:
                _ = ReadVarint();
                break;
            case Fixed64:
                _ = Take(8);
                break;
            case Bytes:
                _ = Delimited();
                break;
            case Fixed32:
                _ = Take(4);
                break;
            case StartGroup when depth < DeepestGroup:
                SkipGroup(field, depth);
                break;
            default:
                throw Fault(FormattableString.Invariant($"has a field {field} of the wire type {wire}, which is not possible here"));
        }
    }

    private void SkipGroup(int field, int depth)
    {
        while (true)
        {
            var tag = ReadVarint();
            if (tag > uint.MaxValue || tag >> 3 == 0) throw Fault("holds the field number 0 or one out of range");
            var inner = (int)(tag >> 3);
            if ((tag & 7) == EndGroup)
            {
                if (inner == field) return;
                throw Fault("has a group that ends with another's number");
            }
            SkipValue((int)(tag & 7), inner, depth + 1);
        }
    }

    private ulong Number()
    {
        Expect(Varint);
        return ReadVarint();
    }

    private readonly void Expect(int wire)
    {
        if (Wire != wire) throw Fault(FormattableString.Invariant($"has its field {Field} with the wire type {Wire} instead of {wire}"));
    }

    private ReadOnlySpan<byte> Delimited()
    {
        var length = ReadVarint();
        if (length > (ulong)(_data.Length - _at))
            throw Fault(FormattableString.Invariant($"claims {length} bytes for a field where {_data.Length - _at} are left"));
        return Take((int)length);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _data.Length - _at) throw Fault("ends in the middle of a field");
        var taken = _data.Slice(_at, count);
        _at += count;
        return taken;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_at == _data.Length) throw Fault("ends in the middle of a number");
            var part = _data[_at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw Fault("has a number of more than ten bytes");
    }
}
