namespace Pellucid.Explain.Traces;

/// <summary>A trace that is not what the model served: the message names the place where they part.</summary>
public sealed class TraceException(string message) : Exception(message);
