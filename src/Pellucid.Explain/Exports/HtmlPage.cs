using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Pellucid.Explain.Exports;

/// <summary>The page as the web build made it, in its three parts.</summary>
/// <param name="Html">The document without references to scripts and styles.</param>
/// <param name="Script">The script, a module.</param>
/// <param name="Style">The style sheet.</param>
public sealed record PageParts(string Html, string Script, string Style);

/// <summary>
/// The page and its data as one file that asks nobody for anything: a Content-Security-Policy allows exactly this script and this style, by their hashes, and nothing else.
/// The data is JSON in a block that no browser runs, with every angle bracket escaped, so that no token can end the block.
/// </summary>
public static class HtmlPage
{
    /// <summary>The id of the data block, by which the script finds it.</summary>
    public const string DocumentId = "document";

    // Quotes, ampersands and angle brackets are escaped whatever the ranges.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>The file's bytes, UTF-8.</summary>
    /// <param name="page">The page.</param>
    /// <param name="document">Writes the data as one value.</param>
    /// <exception cref="ArgumentException">The page has no head or body, or its style would end its own block.</exception>
    public static byte[] Make(PageParts page, Action<Utf8JsonWriter> document)
    {
        // Only inside a text of the script can these stand, and there the backslash changes nothing.
        string script = page.Script.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase).Replace("<!--", "<\\!--", StringComparison.Ordinal);
        if (page.Style.Contains("</style", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException("the page's style would end its own block.", nameof(page));
        int head = After(page.Html, "<meta charset=\"utf-8\">"), body = page.Html.LastIndexOf("</body>", StringComparison.Ordinal);
        if (body < head)
            throw new ArgumentException("the page has no body.", nameof(page));
        string policy = $"default-src 'none'; script-src '{Hash(script)}'; style-src '{Hash(page.Style)}'; img-src data:; base-uri 'none'; form-action 'none'";

        var json = new ArrayBufferWriter<byte>(1 << 16);
        using (var writer = new Utf8JsonWriter(json, Options))
            document(writer);

        using var file = new MemoryStream(json.WrittenCount + script.Length + page.Style.Length + page.Html.Length + 1024);
        Write(page.Html[..head]);
        Write($"\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n    <meta name=\"referrer\" content=\"no-referrer\">");
        Write($"\n    <style>{page.Style}</style>");
        Write(page.Html[head..body]);
        Write($"  <script type=\"application/json\" id=\"{DocumentId}\">");
        file.Write(json.WrittenSpan);
        Write($"</script>\n    <script type=\"module\">{script}</script>\n  ");
        Write(page.Html[body..]);
        return file.ToArray();

        void Write(string text) => file.Write(Encoding.UTF8.GetBytes(text));
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static int After(string html, string tag)
    {
        int at = html.IndexOf(tag, StringComparison.OrdinalIgnoreCase);
        return at >= 0 ? at + tag.Length : throw new ArgumentException($"the page has no {tag}, behind which its policy is to stand.", nameof(html));
    }
}
