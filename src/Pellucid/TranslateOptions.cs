using Pellucid.Models.Generation;
using Pellucid.Text.Tokenizers;

namespace Pellucid;

/// <summary>How to translate; immutable, to be varied with <c>with</c>.</summary>
public sealed record TranslateOptions
{
    /// <summary>Greedy search: quick, and it can be streamed.</summary>
    public static TranslateOptions Greedy { get; } = new() { Decoding = new DecodingOptions { Search = new Search.Greedy() } };

    /// <summary>How the model searches. Its budgets change speed and memory, never a result.</summary>
    public DecodingOptions Decoding { get; init; } = new();

    /// <summary>A sentence, or a line that is kept together, of more source tokens than this (the end token counts) is split at its sentence ends, or where it must be. Never more than the model's own maximum.</summary>
    public int LongestPart { get; init; } = 128;

    /// <summary>
    /// Every sentence of a line is translated on its own, which is what a model trained on single sentences does well. False keeps a line together, for models
    /// trained on paragraphs; a line that is too long is split even so.
    /// </summary>
    public bool SplitSentences { get; init; } = true;

    /// <summary>Whether the unknown token may be generated.</summary>
    public bool AllowUnknown { get; init; }

    /// <summary>What every translation must begin with (its first part, when a text is split).</summary>
    public string TargetPrefix { get; init; } = "";

    /// <summary>How the model is told to search: <see cref="Decoding"/>, with the unknown token banned unless it is allowed.</summary>
    public DecodingOptions DecodingWith(Tokenizer tokenizer) =>
        AllowUnknown ? Decoding : Decoding with { Banned = [.. Decoding.Banned, tokenizer.UnknownId] };
}
