using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Cli.Progress;

/// <summary>How far the training of a tokenizer is.</summary>
internal sealed class TokenizerProgress(Terminal terminal) : IProgress<TokenizerTrainingProgress>, IDisposable
{
    private readonly LiveLine _line = new(terminal);
    private readonly Lock _lock = new(); // words are counted on several threads

    public void Report(TokenizerTrainingProgress value)
    {
        lock (_lock)
            _line.Show(() => value.Pieces == 0
                ? FormattableString.Invariant($"counted the words of {value.LinesRead:N0} lines")
                : FormattableString.Invariant($"{value.Pieces:N0} pieces; {value.VocabularySize:N0} are wanted"));
    }

    public void Dispose() => _line.Dispose();
}
