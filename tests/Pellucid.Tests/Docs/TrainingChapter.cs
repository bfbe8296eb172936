using Pellucid;
using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;
using Pellucid.Tensors;
using Pellucid.Text.TokenizerTrainers;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Schedules;
using Pellucid.Training.Translation;

namespace Pellucid.Tests.Docs;

public sealed class TrainingChapter() : Chapter("docs/tour/05-training.md")
{
    [Fact]
    public void Runs()
    {
        string runs = Directory.CreateTempSubdirectory("pellucid-tour-").FullName;
        #region 1
        // 2,000 strings of 2 to 4 digits; the task is to write them backwards.
        var rng = new Rng(seed: 1);
        string Digits(ulong n) => string.Concat(Enumerable.Range(0, 2 + rng.Split(n).Below(3, index: 0)).Select(i => rng.Split(n).Below(10, (ulong)i + 1)));
        static string Reversed(string text) => new([.. text.Reverse()]);

        string[] sources = [.. Enumerable.Range(0, 2000).Select(n => Digits((ulong)n))];
        var tokenizer = WordTrainer.Train(sources, WordTrainerOptions.Characters);
        List<TokenPair> pairs = [.. sources.Select(text => new TokenPair(tokenizer.EncodeToIds(text), tokenizer.EncodeToIds(Reversed(text))))];
        foreach (int i in new[] { 0, 1, 2, 3 })
            Console.WriteLine($"{sources[i]} -> {Reversed(sources[i])}: ids {string.Join(" ", pairs[i].Source)} -> {string.Join(" ", pairs[i].Target)}");
        #endregion
        Shown(1);

        #region 2
        var config = new TransformerConfig
        {
            VocabularySize = tokenizer.VocabularySize, Width = 32, Heads = 4, HiddenWidth = 64, EncoderLayers = 1, DecoderLayers = 1,
            MaxLength = 16, Dropout = 0, Norm = NormPlacement.Before,
        };
        var model = Transformer.Create(config, new Rng(seed: 1));
        var task = new TranslationTask(model, labelSmoothing: 0);
        var batches = new TranslationBatches(pairs, new BatchMarks(config.PaddingId, config.BeginId, config.EndId), new BatchOptions { Tokens = 256 });
        var options = new TrainerOptions { Schedule = new Cosine(Peak: 1e-2, WarmUp: 50, Steps: 600), MaxSteps = 600, LogEvery = 200 };

        var result = new Trainer<TranslationBatch>(task, batches, options).Run(new Report(line => Console.WriteLine(line)));
        Console.WriteLine($"{result.Outcome} after {result.Step} steps");
        #endregion
        Shown(2);
        Shown(3); // the class below

        #region 4
        string folder = Path.Combine(runs, "reverse-digits");
        new TranslationModel(model, tokenizer).Save(folder);

        var translator = Translator.Load(folder);
        foreach (var translation in translator.Translate(["31", "415", "9265"]))
            Console.WriteLine($"{translation.Source} -> {translation.Text}");
        #endregion
        Shown(4);
        Directory.Delete(runs, recursive: true);
    }
}

#region 3
internal sealed class Report(Action<string> write) : IProgress<TrainingProgress>
{
    void IProgress<TrainingProgress>.Report(TrainingProgress progress)
    {
        if (progress is StepProgress { IsLogged: true } step)
            write($"step {step.Step}: loss {step.Loss:0.0}, learning rate {step.LearningRate:0.0000}");
    }
}
#endregion
