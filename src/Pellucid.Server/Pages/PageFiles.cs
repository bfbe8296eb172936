using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Explain.Exports;

namespace Pellucid.Server.Pages;

/// <summary>The page that is built from web/ and lies inside this assembly: files by their path, <c>index.html</c> and <c>assets/...</c>.</summary>
public static partial class PageFiles
{
    private const string Folder = "wwwroot/";

    private static readonly ConcurrentDictionary<string, PageFile?> Known = new(StringComparer.Ordinal);

    /// <summary>The paths of all files.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(PageFiles).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name => name[Folder.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>The file at this path, or null.</summary>
    public static PageFile? Find(string path) => Names.Contains(path, StringComparer.Ordinal) ? Known.GetOrAdd(path, Read) : null;

    /// <summary>The page in parts, for a file that holds all of it; null when this build has no page.</summary>
    public static PageParts? Parts()
    {
        if (Find("index.html") is not { } index)
            return null;
        string html = Encoding.UTF8.GetString(index.Content);
        var (script, style) = (new StringBuilder(), new StringBuilder());
        html = Scripts().Replace(html, match => Take(match, script));
        html = Styles().Replace(html, match => Take(match, style));
        return new PageParts(html, script.ToString(), style.ToString());
    }

    private static string Take(Match match, StringBuilder into)
    {
        string path = match.Groups["path"].Value;
        into.Append(Encoding.UTF8.GetString((Find(path) ?? throw new InvalidOperationException($"index.html names {path}, which is not there.")).Content));
        return "";
    }

    [GeneratedRegex("""\s*<script\b[^>]*\bsrc="(\./|/)?(?<path>[^"]+)"[^>]*></script>""")]
    private static partial Regex Scripts();

    [GeneratedRegex("""\s*<link\b[^>]*\brel="stylesheet"[^>]*\bhref="(\./|/)?(?<path>[^"]+)"[^>]*>""")]
    private static partial Regex Styles();

    private static PageFile Read(string path)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(Folder + path)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(content);
        return new PageFile(path, content, packed.ToArray(), $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"", TypeOf(path));
    }

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".json" => "application/json; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".woff2" => "font/woff2",
        ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}

/// <summary>A file of the page.</summary>
/// <param name="Path">Its path below the root.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Packed">The same as gzip.</param>
/// <param name="Tag">Its entity tag: a hash of the content.</param>
/// <param name="Type">Its media type.</param>
public sealed record PageFile(string Path, byte[] Content, byte[] Packed, string Tag, string Type);
