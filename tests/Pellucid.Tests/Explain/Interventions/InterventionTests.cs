using Pellucid.Explain.Interventions;
using Pellucid.Explain.Traces;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Explain.Interventions;

public sealed class InterventionTests
{
    private const string Sentence = "Where is the library?";
    private static readonly DecodingOptions Options = new() { Search = new Search.Beam(3), MaximumLength = LengthLimit.Absolute(8) };

    [Fact]
    public void WithoutEditsNothingChanges()
    {
        var (model, baseline) = Traced();
        var run = Intervention.Run(model, baseline, [], Options);
        Assert.Equal(baseline.Tensors.Count, run.Changes.Count);
        Assert.All(run.Changes, change => Assert.Equal((0, 0.0, 0.0), ((int)change.Changed, change.Largest, change.RootMeanSquare)));
        Assert.Same(model.Transformer, run.Model.Transformer);
        Assert.Equal(baseline.Header.Source, run.Trace.Header.Source);
    }

    [Theory, InlineData(null), InlineData(Precision.Float32), InlineData(Precision.Int8)]
    public void AChangedWeightChangesWhatFollowsItAndNothingElse(Precision? precision)
    {
        var (model, baseline) = Traced(precision);
        const string name = "encoder.layers.0.feed_forward.hidden.weight";
        var run = Intervention.Run(model, baseline, [new Edit.Weight(name, [5, 3], 4)], Options);
        Assert.Equal(4, run.Trace.Find(name)!.Values![5 * 16 + 3], 0.05);
        Assert.NotEqual(4, baseline.Find(name)!.Values![5 * 16 + 3], 0.05);
        var changes = run.Changes.ToDictionary(change => change.Name);
        Assert.Equal(0, changes["encoder.0.feed_forward_norm.output"].Changed);
        Assert.Equal(0, changes["encoder.0.self_attention.weights"].Changed);
        Assert.True(changes["encoder.0.feed_forward.hidden"].Changed > 0);
        Assert.Equal(5, changes["encoder.0.feed_forward.hidden"].At[^1]);
        Assert.True(changes["output.log_probabilities"].Largest > 0);
        Assert.Equal(precision, run.Model.Transformer.Matrices().First(entry => entry.Name == name).Parameter.Packed?.Precision);
        Assert.All(TensorChange.Between(baseline, Tracer.Trace(model, Ids(baseline), Answer(baseline))), change => Assert.Equal(0, change.Changed));
    }

    [Fact]
    public void AChangedEmbeddingChangesTheRowsOfItsTokenOnly()
    {
        var (model, baseline) = Traced();
        int token = baseline.Header.Source[1].Id;
        var run = Intervention.Run(model, baseline, [new Edit.Weight("embedding.weight", [token, 7], -2)], Options);
        var (before, after) = (baseline.Find("encoder.embedding.rows")!.Values!, run.Trace.Find("encoder.embedding.rows")!.Values!);
        for (int i = 0; i < before.Length; i++)
            Assert.Equal(i % 16 == 7 && baseline.Header.Source[i / 16].Id == token ? -2 : before[i], after[i]);
    }

    [Fact]
    public void AHeadThatIsOffAddsNothingWhateverItsValues()
    {
        var (model, baseline) = Traced();
        var off = new Edit.Head("encoder.0.self_attention", 1);
        var run = Intervention.Run(model, baseline, [off], Options);
        var changes = run.Changes.ToDictionary(change => change.Name);
        Assert.Equal(0, changes["encoder.0.self_attention.merged"].Changed);
        Assert.True(changes["encoder.0.self_attention.output"].Changed > 0);
        Assert.True(changes["output.logits"].Changed > 0);
        // Head 1 reads rows 8..15 of the value projection: with it off, they may hold anything.
        var again = Intervention.Run(model, baseline, [off, new Edit.Weight("encoder.layers.0.self_attention.value.weight", [9, 2], 3)], Options);
        Assert.Equal(run.Trace.Find("output.logits")!.Values, again.Trace.Find("output.logits")!.Values);
        Assert.NotEqual(run.Trace.Find("encoder.0.self_attention.merged")!.Values, again.Trace.Find("encoder.0.self_attention.merged")!.Values);
    }

    [Fact]
    public void AHiddenCellOfTheMaskIsMinusInfinityAndSharesOutItsWeight()
    {
        var (model, baseline) = Traced();
        var run = Intervention.Run(model, baseline, [new Edit.Mask("decoder.1.cross_attention", 1, 0, false)], Options);
        var masked = run.Trace.Find("decoder.1.cross_attention.masked")!;
        int S = masked.Shape[3];
        Assert.Equal(float.NegativeInfinity, masked.Values![S]);
        Assert.Equal(double.PositiveInfinity, run.Changes.First(change => change.Name == masked.Name).Largest);
        var weights = run.Trace.Find("decoder.1.cross_attention.weights")!.Values!;
        Assert.Equal(0, weights[S]);
        Assert.Equal(1, weights.AsSpan(S, S).ToArray().Sum(), 1e-5f);
        Assert.Equal(baseline.Find("decoder.1.cross_attention.weights")!.Values![..S], weights[..S]);
    }

    [Fact]
    public void AnEditCanTurnTheTranslation()
    {
        var (model, baseline) = Traced();
        int end = model.Tokenizer.EndOfSentenceId;
        // One huge coordinate of the last norm's bias, against one huge coordinate of a token's row, makes that token the answer.
        int wanted = Answer(baseline).First() == 40 ? 41 : 40;
        var run = Intervention.Run(model, baseline, [new Edit.Weight("decoder.norm.bias", [0], 50), new Edit.Weight("embedding.weight", [wanted, 0], 50)], Options);
        Assert.Equal(wanted, run.Search.Hypotheses[0].Tokens[0]);
        Assert.NotEqual(end, wanted);
        Assert.NotEqual(baseline.Header.Translation, run.Translation);
        Assert.Equal(Generator.Generate(run.Model.Transformer, [Ids(baseline)], Options)[0][0].Tokens, run.Search.Hypotheses[0].Tokens);
    }

    [Fact]
    public void EditsThatDoNotFitSayWhy()
    {
        var (model, _) = Traced();
        Assert.Contains("no weight 'x'", Fails(new Edit.Weight("x", [0], 1)));
        Assert.Contains("lies outside", Fails(new Edit.Weight("embedding.weight", [0, 16], 1)));
        Assert.Contains("1 indices", Fails(new Edit.Weight("embedding.weight", [0], 1)));
        Assert.Contains("finite", Fails(new Edit.Weight("embedding.weight", [0, 0], float.NaN)));
        Assert.Contains("heads 0..1", Fails(new Edit.Head("encoder.0.self_attention", 2)));
        Assert.Contains("decoder.1.cross_attention", Fails(new Edit.Head("encoder.0.cross_attention", 0)));
        Assert.Contains("encoder.0.self_attention", Fails(new Edit.Mask("encoder.9.self_attention", 0, 0, false)));

        string Fails(Edit edit) => Assert.Throws<ArgumentException>(() => EditedModel.Apply(model, [edit])).Message;
    }

    private static (TranslationModel Model, Trace Baseline) Traced(Precision? precision = null)
    {
        var model = SmallModel.New();
        if (precision is { } kind)
            model.Transformer.Prepare(kind);
        return (model, Tracer.Trace(model, Sentence, [20, 21, 22]));
    }

    private static int[] Ids(Trace trace) => [.. trace.Header.Source.Select(token => token.Id)];

    private static int[] Answer(Trace trace) => [.. trace.Header.Target.Skip(1).Select(token => token.Id)];
}
