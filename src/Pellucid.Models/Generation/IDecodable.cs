namespace Pellucid.Models.Generation;

/// <summary>
/// What generation sees of a model: something that reads source sentences and then, step by step, says how likely every next token is.
/// A call never changes the model, so any number of sessions may run at the same time.
/// </summary>
public interface IDecodable
{
    /// <summary>V, the number of target tokens.</summary>
    int VocabularySize { get; }

    /// <summary>The most source tokens of a sentence, and the most target tokens (the begin token counts) that a row may be fed.</summary>
    int MaxLength { get; }

    /// <summary>Fills up shorter rows; never generated.</summary>
    int PaddingId => 0;

    /// <summary>The token that every target starts with; never generated.</summary>
    int BeginId => 1;

    /// <summary>The token that ends a target.</summary>
    int EndId => 2;

    /// <summary>Reads the sources and opens a session of <c>sources.Count x width</c> rows.</summary>
    /// <param name="sources">Source token ids, without padding; lengths may differ. None is empty or longer than <see cref="MaxLength"/>.</param>
    /// <param name="width">Rows per sentence: the beam width or the number of samples.</param>
    /// <param name="mode">How earlier tokens are remembered; the logits are the same bit for bit.</param>
    /// <param name="alignment">Whether <see cref="IDecodingSession.Alignment"/> will be asked for; it costs time and memory.</param>
    IDecodingSession Begin(IReadOnlyList<int[]> sources, int width, DecodingMode mode, bool alignment);
}

/// <summary>How a session remembers the tokens it has been fed.</summary>
public enum DecodingMode
{
    /// <summary>Keys and values of earlier positions are kept: a step runs one position through the decoder.</summary>
    Cached,

    /// <summary>Every step runs the whole prefix through the decoder again: slow, and the yardstick for <see cref="Cached"/>.</summary>
    Recompute,
}
