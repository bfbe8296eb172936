using System.Text.Json;
using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;
using Pellucid.Models.Configuration;
using Pellucid.Tests.Models.Checkpoints;
using Pellucid.Text.Corpora;
using Pellucid.Training.Configuration;
using Pellucid.Training.Schedules;

namespace Pellucid.Tests.Training.Configuration;

public class TrainConfigTests
{
    [Theory]
    [InlineData("model.drpout=0.2", "model.dropout")]
    [InlineData("trainig.seed=2", "training.seed")]
    [InlineData("max_steps=2", "training.max_steps")]
    [InlineData("batches.token=2", "batches.tokens")]
    public void AnUnknownKeyNamesTheNearest(string assignment, string nearest)
    {
        var error = Assert.Throws<ConfigException>(() => Set(assignment));
        Assert.Contains($"did you mean '{nearest}'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingNearIsNotGuessedAt() =>
        Assert.DoesNotContain("did you mean", Assert.Throws<ConfigException>(() => Set("quantum.entanglement=2")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("model.dropout=lots", "a number from 0 to")]
    [InlineData("model.dropout=1.5", "a number from 0 to")]
    [InlineData("model.width=0", "an integer of at least 1")]
    [InlineData("model.width=1e3", "an integer of at least 1")]
    [InlineData("training.seed=-1", "an integer from 0 to")]
    [InlineData("model.norm=befor", "did you mean 'before'?")]
    [InlineData("model.preset=samll", "did you mean 'small'?")]
    [InlineData("validation.bleu=yes", "true or false")]
    [InlineData("validation.metric=blue", "did you mean 'bleu'?")]
    [InlineData("training.seed", "has no value; write training.seed=VALUE")]
    [InlineData("seed", "expected KEY=VALUE")]
    public void AValueThatCannotBeUsedSaysWhatIsExpected(string assignment, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigException>(() => Set(assignment)).Message, StringComparison.Ordinal);

    [Fact]
    public void APresetComesBeforeWhatIsSetWithItWhateverTheOrder()
    {
        var config = Set("model.dropout=0.3", "model.preset=tiny", "model.norm=before");
        Assert.Equal(TransformerConfig.Tiny with { Dropout = 0.3f, Norm = NormPlacement.Before }, config.Model);
    }

    [Fact]
    public void ListsAreSeparatedByCommas() => Assert.Equal(["a.tsv", "b.tsv"], Set("data.train=a.tsv,b.tsv").Data.Train);

    [Fact]
    public void ASettingGivenTwiceIsRefused() =>
        Assert.Contains("set 2 times", Assert.Throws<ConfigException>(() => Set("training.seed=1", "training.seed=2")).Message, StringComparison.Ordinal);

    [Fact]
    public void EverySettingSurvivesTheFile()
    {
        using var temporary = new TemporaryFolder();
        var config = Set("model.preset=tiny", "model.dropout=0.123456789", "model.activation=gelu_tanh", "data.train=a.tsv,b.tsv", "data.max_length_ratio=2.5", "training.seed=9007199254740993",
            "schedule.kind=cosine", "optimizer.kind=adamw", "validation.metric=bleu", "validation.bleu=true", "tokenizer.path=t.json", "validation.patience=7");
        var file = new TrainConfigFile(config, TrainConfigFile.ToolVersion, [new CorpusFile("a.tsv", "00ff")]);
        file.Write(temporary.File("config.json"));
        var read = TrainConfigFile.Read(temporary.File("config.json"));
        Assert.Equal(file.ToJson(), read.ToJson());
        Assert.Equal(config.Model, read.Config.Model);
        Assert.Equal(9007199254740993ul, read.Config.Training.Seed);
        Assert.Equal(new CorpusFile("a.tsv", "00ff"), Assert.Single(read.Files));
    }

    [Fact]
    public void TheEffectiveFileHoldsEveryDefault()
    {
        using var json = JsonDocument.Parse(new TrainConfigFile(new TrainConfig(), null, []).ToJson());
        foreach (var option in TrainSchema.Schema.Options.Where(option => !option.IsShorthand))
        {
            var at = json.RootElement;
            foreach (string part in option.Key.Split('.'))
                Assert.True(at.TryGetProperty(part, out at), option.Key);
        }
    }

    [Fact]
    public void EveryDefaultIsAValueThatItsOptionAccepts()
    {
        var config = new TrainConfig();
        foreach (var option in TrainSchema.Schema.Options)
            Assert.Equal(option.Get(config), option.Get(option.With(config, option.Get(config))));
    }

    [Fact]
    public void EveryOptionIsDescribedInOneSentence() =>
        Assert.All(TrainSchema.Schema.Options, option => Assert.True(option.Description.EndsWith('.') && option.Type.Length > 0, option.Key));

    [Theory]
    [InlineData("{\"model\": {\"widht\": 3}}", "did you mean 'model.width'?")]
    [InlineData("{\"modle\": {\"width\": 3}}", "did you mean 'model'?")]
    [InlineData("{\"model\": {\"width\": \"3\"}}", "'model.width' is \"3\"; expected integer")]
    [InlineData("{\"model\": 3}", "there is no setting 'model'")]
    [InlineData("[]", "expected a JSON object")]
    public void AFileIsReadStrictlyAndNamedInTheError(string json, string expected)
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(temporary.File("config.json"), json);
        var error = Assert.Throws<ConfigException>(() => TrainConfigFile.Read(temporary.File("config.json")));
        Assert.StartsWith(temporary.File("config.json"), error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("noam", typeof(Noam))]
    [InlineData("inverse_sqrt", typeof(InverseSquareRoot))]
    [InlineData("cosine", typeof(Cosine))]
    [InlineData("constant", typeof(Constant))]
    public void TheScheduleIsOneOfTheFamily(string kind, Type expected) => Assert.IsType(expected, Set("schedule.kind=" + kind).TrainerOptions().Schedule);

    private static TrainConfig Set(params string[] assignments) => TrainSchema.Schema.With(new TrainConfig(), assignments.Select(TrainSchema.Schema.Parse));
}
