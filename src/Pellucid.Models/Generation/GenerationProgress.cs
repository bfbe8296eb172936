namespace Pellucid.Models.Generation;

/// <summary>How far a call has come.</summary>
/// <param name="Finished">Sentences that are done.</param>
/// <param name="Total">Sentences of the call.</param>
/// <param name="Tokens">Tokens of the finished sentences' best targets, their end tokens included.</param>
public readonly record struct GenerationProgress(int Finished, int Total, long Tokens);
