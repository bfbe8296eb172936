using System.Globalization;
using Pellucid.Training.Words;

namespace Pellucid.Cli.Progress;

/// <summary>How far the learning of word vectors is, and how fast: a line that is always current on a terminal, a line now and then elsewhere.</summary>
internal sealed class WordProgress(Terminal terminal) : IProgress<Word2VecProgress>, IProgress<long>, IDisposable
{
    private readonly LiveLine _line = new(terminal);

    /// <summary>The last report of learning.</summary>
    public Word2VecProgress? Last { get; private set; }

    public void Report(Word2VecProgress value)
    {
        Last = value;
        _line.Show(() => Line(value));
    }

    public void Report(long value) => _line.Show(() => string.Create(CultureInfo.InvariantCulture, $"counted {Millions(value)} words"));

    /// <summary>Takes the line away, so that a result can stand there.</summary>
    public void Dispose() => _line.Dispose();

    internal static string Line(Word2VecProgress value) => string.Create(CultureInfo.InvariantCulture,
        $"epoch {value.Epoch}/{value.Epochs}  {100.0 * value.Words / value.TotalWords:0.0}%  {Millions(value.WordsPerSecond)} words/s  rate {value.LearningRate:0.00000}  left {TrainingText.Left(value.Left)}");

    internal static string Millions(double words) => (words / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " M";
}
