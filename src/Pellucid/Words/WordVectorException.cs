using Pellucid.Text;

namespace Pellucid.Words;

/// <summary>Word vectors that cannot be read or asked for this: the message names the file and line, or the word.</summary>
public sealed class WordVectorException(string message, string? file = null, long? line = null, Exception? inner = null) : TextException(message, file, line, inner);
