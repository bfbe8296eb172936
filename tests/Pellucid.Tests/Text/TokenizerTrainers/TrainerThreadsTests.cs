using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.TokenizerTrainers;

public sealed class TrainerThreadsTests
{
    public static TheoryData<string> Kinds => ["bpe", "byte-bpe", "wordpiece", "word", "unigram"];

    private static Tokenizer Train(string kind, IEnumerable<string> lines, int? threads, IProgress<TokenizerTrainingProgress>? progress = null) => kind switch
    {
        "bpe" => BpeTrainer.Train(lines, new() { VocabularySize = 380, Threads = threads }, progress),
        "byte-bpe" => ByteBpeTrainer.Train(lines, new() { VocabularySize = 380, Threads = threads }, progress),
        "wordpiece" => WordPieceTrainer.Train(lines, new() { VocabularySize = 380, Threads = threads }, progress),
        "word" => WordTrainer.Train(lines, new() { VocabularySize = 380, Threads = threads }, progress),
        _ => UnigramTrainer.Train(lines, new() { VocabularySize = 90, Threads = threads }, progress),
    };

    private static IEnumerable<string> Lines => Enumerable.Repeat(SomeText.Lines, 1 + 40_000 / SomeText.Lines.Length).SelectMany(lines => lines);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheNumberOfThreadsDoesNotMatter(string kind)
    {
        var one = Train(kind, Lines, 1);
        Assert.Equal(one.Vocabulary.Pieces, Train(kind, Lines, 3).Vocabulary.Pieces);
        Assert.Equal(one.Vocabulary.Pieces, Train(kind, Lines, null).Vocabulary.Pieces);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void OneThreadIsTheCallersAndNoneIsRefused(string kind)
    {
        var threads = new Seen();
        Train(kind, Lines, 1, threads);
        Assert.Equal([Environment.CurrentManagedThreadId], threads.Ids.Distinct());
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(kind, Lines, 0));
    }

    private sealed class Seen : IProgress<TokenizerTrainingProgress>
    {
        public List<int> Ids { get; } = [];

        public void Report(TokenizerTrainingProgress value) => Ids.Add(Environment.CurrentManagedThreadId);
    }
}
