using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pellucid.Models.Checkpoints;

/// <summary>
/// A safetensors file opened for reading (https://huggingface.co/docs/safetensors, section "Format"): 8 bytes of header length,
/// a JSON header, then the tensors without gaps. The header is read and checked at once, a tensor's values when they are asked for.
/// Reading is safe from several threads.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly SafeFileHandle handle;
    private readonly Dictionary<string, SafetensorsEntry> byName;
    private readonly bool checkFinite;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header, bool checkFinite)
    {
        Path = path;
        this.handle = handle;
        this.checkFinite = checkFinite;
        Entries = header.Entries;
        Metadata = header.Metadata;
        byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    public string Path { get; }

    /// <summary>Every tensor, in the order of its bytes in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The free text under <c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <param name="path">The file.</param>
    /// <param name="checkFinite">Reading a floating-point tensor that holds NaN or infinity throws and names the element.</param>
    /// <exception cref="CheckpointException">The file is missing, unreadable, truncated or malformed in any way.</exception>
    public static SafetensorsFile Open(string path, bool checkFinite = true)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            return new SafetensorsFile(path, handle, ReadHeader(path, handle), checkFinite);
        }
        catch (Exception error)
        {
            handle?.Dispose();
            throw Typed(path, error);
        }
    }

    public bool TryGet(string name, out SafetensorsEntry entry) => byName.TryGetValue(name, out entry!);

    /// <exception cref="CheckpointException">There is no such tensor; the message names some of those that there are.</exception>
    public SafetensorsEntry this[string name] => byName.TryGetValue(name, out var entry)
        ? entry
        : throw new CheckpointException(Path, name, "there is no such tensor", $"The file holds {Entries.Count}, among them: {Sample()}.");

    /// <summary>The values of a F32, F16, BF16 or F64 tensor, row-major.</summary>
    /// <exception cref="CheckpointException">No such tensor, not floating-point, not finite, or the file became shorter.</exception>
    public float[] ReadFloats(string name)
    {
        var entry = this[name];
        if (entry.ElementCount > Array.MaxLength)
        {
            throw new CheckpointException(Path, name, $"{entry.ElementCount} elements do not fit one array", "Split the tensor.");
        }

        RequireFloat(entry);
        float[] values = GC.AllocateUninitializedArray<float>((int)entry.ElementCount);
        ReadFloats(name, values);
        return values;
    }

    /// <summary>As <see cref="ReadFloats(string)"/>, into memory of the caller's; its length must be the tensor's element count.</summary>
    public void ReadFloats(string name, Span<float> destination)
    {
        var entry = this[name];
        RequireFloat(entry);
        if (destination.Length != entry.ElementCount)
        {
            throw new ArgumentException($"tensor '{name}' {entry.ShapeText} has {entry.ElementCount} elements, not {destination.Length}", nameof(destination));
        }

        int width = entry.Storage.Bytes();
        byte[] chunk = entry.Storage == StorageType.Float32 && BitConverter.IsLittleEndian ? [] : ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, entry.ByteCount));
        int step = ChunkBytes / width;
        for (int start = 0; start < destination.Length; start += step)
        {
            var target = destination.Slice(start, Math.Min(step, destination.Length - start));
            var bytes = chunk.Length == 0 ? MemoryMarshal.AsBytes(target) : chunk.AsSpan(0, target.Length * width);
            ReadExactly(entry, (long)start * width, bytes);
            if (chunk.Length != 0)
            {
                FloatConversion.ToFloats(bytes, entry.Storage, target);
            }

            if (checkFinite && !TensorPrimitives.IsFiniteAll<float>(target))
            {
                throw NotFinite(entry, target, start);
            }
        }

        ArrayPool<byte>.Shared.Return(chunk);
    }

    /// <summary>The values of an integer or BOOL tensor (true is 1).</summary>
    /// <exception cref="CheckpointException">No such tensor, floating-point, too large for 64 signed bits, or the file became shorter.</exception>
    public long[] ReadIntegers(string name)
    {
        var entry = this[name];
        byte[] bytes = ReadBytes(name);
        int width = entry.Storage.Bytes();
        long[] values = new long[entry.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Integer(entry, bytes.AsSpan(i * width, width));
        }

        return values;
    }

    /// <summary>The bytes of any tensor, as they lie in the file (little-endian).</summary>
    /// <exception cref="CheckpointException">No such tensor, more than one array can hold, or the file became shorter.</exception>
    public byte[] ReadBytes(string name)
    {
        var entry = this[name];
        if (entry.ByteCount > Array.MaxLength)
        {
            throw new CheckpointException(Path, name, $"{entry.ByteCount} bytes do not fit one array", "Split the tensor.");
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)entry.ByteCount);
        ReadExactly(entry, 0, bytes);
        return bytes;
    }

    public void Dispose() => handle.Dispose();

    private static SafetensorsHeader ReadHeader(string path, SafeFileHandle handle)
    {
        long fileLength = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        if (fileLength < prefix.Length || !TryReadExactly(handle, 0, prefix))
        {
            throw Broken(path, $"{fileLength} bytes are too few for a safetensors file");
        }

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
        {
            throw Broken(path, $"not a safetensors file: it claims a header of {headerLength} bytes, above the limit of {SafetensorsHeader.MaxLength}");
        }

        if ((long)headerLength > fileLength - prefix.Length)
        {
            throw Broken(path, $"the header claims {headerLength} bytes, but only {fileLength - prefix.Length} follow: the file is truncated or its header lies");
        }

        byte[] json = new byte[(int)headerLength];
        return TryReadExactly(handle, prefix.Length, json)
            ? SafetensorsHeader.Parse(path, json, prefix.Length + json.Length, fileLength)
            : throw Broken(path, "the file became shorter while it was read");
    }

    private static CheckpointException Broken(string path, string cause) => new(path, null, cause, "Fetch or write the file again.");

    private static Exception Typed(string path, Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => new CheckpointException(path, null, "the file does not exist", "Check the path.", error),
        UnauthorizedAccessException when Directory.Exists(path) => new CheckpointException(path, null, "is a folder", "Give the file in it.", error),
        UnauthorizedAccessException => new CheckpointException(path, null, "may not be read", "Check its permissions.", error),
        NotSupportedException => new CheckpointException(path, null, "is not a regular file", "Give a file on a disk, not a pipe or a device.", error),
        IOException => new CheckpointException(path, null, $"could not be read ({error.Message.TrimEnd('.')})", "Check the disk and try again.", error),
        _ => error,
    };

    private void ReadExactly(SafetensorsEntry entry, long offset, Span<byte> bytes)
    {
        bool complete;
        try
        {
            complete = TryReadExactly(handle, entry.Offset + offset, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Typed(Path, error);
        }

        if (!complete)
        {
            throw new CheckpointException(Path, entry.Name, "the file became shorter since it was opened", "Do not overwrite a file in place while it is read.");
        }
    }

    private static bool TryReadExactly(SafeFileHandle handle, long offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(handle, bytes, offset);
            if (read == 0)
            {
                return false;
            }

            bytes = bytes[read..];
            offset += read;
        }

        return true;
    }

    private void RequireFloat(SafetensorsEntry entry)
    {
        if (!entry.Storage.IsFloat())
        {
            throw new CheckpointException(Path, entry.Name, $"it holds {entry.Storage.Name()}, not floating-point numbers", "Read it as integers, or check that this is the right file.");
        }
    }

    private CheckpointException NotFinite(SafetensorsEntry entry, ReadOnlySpan<float> values, long start)
    {
        int at = 0;
        while (float.IsFinite(values[at]))
        {
            at++;
        }

        string value = values[at].ToString(CultureInfo.InvariantCulture);
        string cause = $"element {start + at} of {entry.ShapeText} is {value}";
        return new CheckpointException(Path, entry.Name, cause, "The training run that wrote it had diverged, or the file is damaged: use an earlier checkpoint.");
    }

    private long Integer(SafetensorsEntry entry, ReadOnlySpan<byte> bytes) => entry.Storage switch
    {
        StorageType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        StorageType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        StorageType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        StorageType.Int8 => (sbyte)bytes[0],
        StorageType.UInt64 when BinaryPrimitives.ReadUInt64LittleEndian(bytes) <= long.MaxValue => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        StorageType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        StorageType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        StorageType.UInt8 => bytes[0],
        StorageType.Bool when bytes[0] <= 1 => bytes[0],
        StorageType.UInt64 or StorageType.Bool => throw new CheckpointException(Path, entry.Name, $"a value does not fit {entry.Storage.Name()} read as a signed 64-bit integer", "The file is damaged."),
        _ => throw new CheckpointException(Path, entry.Name, $"it holds {entry.Storage.Name()}, not integers", "Read it as floats."),
    };

    private string Sample() => string.Join(", ", Entries.Take(3).Select(entry => CheckpointException.Printable(entry.Name)));
}
