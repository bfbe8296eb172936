namespace Pellucid.Training;

/// <summary>Training that cannot begin or go on: the message names the setting, file or folder, the cause and the likely fix, in one line.</summary>
public sealed class TrainingException(string message, Exception? inner = null) : Exception(message, inner);
