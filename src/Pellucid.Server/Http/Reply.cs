using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pellucid.Explain.Exports;

namespace Pellucid.Server.Http;

/// <summary>Answers: JSON, numbers, errors. All are complete before the first byte is sent, so that a failure can still become an error answer.</summary>
internal static class Reply
{
    /// <summary>The media type of an answer in JSON.</summary>
    internal const string Json = "application/json; charset=utf-8";

    private const int Piece = 64 * 1024;

    // Angle brackets, ampersands and quotes stay escaped: an answer that somebody opens as a page is still only text.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) };

    /// <summary>The bytes of a JSON value.</summary>
    internal static byte[] ToJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Options))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }

    internal static Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK) =>
        BytesAsync(context, ToJson(write), Json, status);

    internal static Task ErrorAsync(HttpContext context, int status, string message) => JsonAsync(
        context,
        json =>
        {
            json.WriteStartObject();
            json.WriteString("error", message);
            json.WriteEndObject();
        },
        status);

    /// <summary>A tensor's values, float32 little endian, with its shape in the header X-Shape.</summary>
    internal static Task TensorAsync(HttpContext context, IReadOnlyList<int> shape, float[] values)
    {
        context.Response.Headers["X-Shape"] = string.Join(',', shape.Select(length => length.ToString(CultureInfo.InvariantCulture)));
        return PiecesAsync(
            context, (long)values.Length * sizeof(float), (at, length) => TensorJson.Bytes(values.AsSpan((int)(at / sizeof(float)), length / sizeof(float))), "application/octet-stream", StatusCodes.Status200OK);
    }

    internal static Task BytesAsync(HttpContext context, byte[] body, string type, int status = StatusCodes.Status200OK) =>
        PiecesAsync(context, body.Length, (at, length) => body.AsMemory((int)at, length), type, status);

    /// <summary>A slow reader's connection buffers one piece and not a copy of the whole: the next is made when the last has gone.</summary>
    private static async Task PiecesAsync(HttpContext context, long bytes, Func<long, int, ReadOnlyMemory<byte>> piece, string type, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        for (long at = 0; at < bytes; at += Piece)
            await context.Response.Body.WriteAsync(piece(at, (int)Math.Min(Piece, bytes - at)), context.RequestAborted).ConfigureAwait(false);
    }
}
