using System.Text;

namespace Pellucid.Tests.Models.Checkpoints;

/// <summary>safetensors files put together by hand, true or lying.</summary>
internal static class HostileFile
{
    public static string Write(TemporaryFolder folder, string header, byte[] data, long? headerLength = null) =>
        WriteBytes(folder, [.. BitConverter.GetBytes(headerLength ?? Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data]);

    public static string WriteBytes(TemporaryFolder folder, byte[] bytes)
    {
        string path = folder.File("hostile.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
