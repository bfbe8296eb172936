using Pellucid.Text.Metrics;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Docs;

public sealed class TextChapter() : Chapter("docs/tour/04-text.md")
{
    [Fact]
    public void Runs()
    {
        #region 1
        string[] lines = ["low low low lower", "newer newer lower", "the widest, the newest, the lowest"];
        var tokenizer = BpeTrainer.Train(lines, new() { VocabularySize = 40, ByteFallback = false });

        var encoding = tokenizer.Encode("the lowest");
        Console.WriteLine(string.Join(" ", encoding.Pieces));
        Console.WriteLine(string.Join(" ", encoding.Offsets.Select(span => $"{span.Start}..{span.End}")));
        Console.WriteLine(tokenizer.Decode(tokenizer.EncodeToIds("the lowest")));
        #endregion
        Shown(1);

        #region 2
        // Token by token: a piece of text comes out as soon as it is certain.
        var stream = tokenizer.StartDecoding();
        foreach (int id in tokenizer.EncodeToIds("newer, lower"))
            Console.Write($"[{stream.Push(id)}]");
        Console.WriteLine($"[{stream.Finish()}]");
        #endregion
        Shown(2);

        #region 3
        string[] hypotheses = ["The cat sat on the mat.", "There is a dog in the garden."];
        string[] references = ["The cat sat on the mat.", "A dog is in the garden."];
        foreach (string name in new[] { "bleu", "chrf", "ter" })
            Console.WriteLine(Metric.ByName(name).Corpus(hypotheses, references).FormatWithSignature());
        #endregion
        Shown(3);
    }
}
