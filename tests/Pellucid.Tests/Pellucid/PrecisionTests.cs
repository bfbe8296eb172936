using Pellucid.Models.Generation;
using Pellucid.Models.Modules;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;
using Pellucid.Tests.Models.Checkpoints;

namespace Pellucid.Tests.Translators;

public sealed class PrecisionTests
{
    private static readonly string[] Texts =
    [
        "Where is the library?", "We are very hungry today!", "Thank you.", "The old bridge is near the library, and that is very kind of it.", "I am", "¿Dónde está el puente viejo?",
    ];

    public static TheoryData<Precision> All => [.. Enum.GetValues<Precision>()];

    [Theory]
    [MemberData(nameof(All))]
    public void ASentenceAloneEqualsItselfInABatch(Precision precision)
    {
        var translator = Prepared(precision);
        foreach (var options in (TranslateOptions[])[TranslateOptions.Greedy, new()])
            Assert.Equal(Texts.Select(text => Numbers(translator.Translate(text, options))), translator.Translate(Texts, options).Select(Numbers));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void CachedDecodingEqualsRecomputation(Precision precision)
    {
        var translator = Prepared(precision);
        var recomputed = new TranslateOptions { Decoding = new DecodingOptions { Mode = DecodingMode.Recompute } };
        Assert.Equal(translator.Translate(Texts, recomputed).Select(Numbers), translator.Translate(Texts).Select(Numbers));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task ConcurrentCallersGetWhatTheyWouldGetAlone(Precision precision)
    {
        var translator = Prepared(precision);
        var expected = translator.Translate(Texts).Select(Numbers).ToList();
        var found = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => translator.Translate(Texts).Select(Numbers).ToList())));
        Assert.All(found, numbers => Assert.Equal(expected, numbers));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ObservedTranslatingGivesTheSameBits(Precision precision)
    {
        var translator = Prepared(precision);
        var expected = translator.Translate(Texts).Select(Numbers).ToList();
        var verifier = new Verifier();
        using var recorder = Recorder.Begin(gradients: false, verifier);
        Assert.Equal(expected, translator.Translate(Texts).Select(Numbers));
        Assert.True(verifier.Products > 100);
    }

    [Fact]
    public void InFloat32APreparedModelGivesTheBitsOfAnUnpreparedOne() =>
        Assert.Equal(SmallModel.Translator.Translate(Texts).Select(Numbers), Prepared(Precision.Float32).Translate(Texts).Select(Numbers));

    [Fact]
    public void InBFloat16ItGivesTheBitsOfFloat32WithTheRoundedWeights()
    {
        var (rounded, plain) = (Prepared(Precision.BFloat16), SmallModel.New());
        plain.Transformer.CopyFrom(rounded.Model.Transformer);
        Assert.Equal(new Translator(plain).Translate(Texts).Select(Numbers), rounded.Translate(Texts).Select(Numbers));
    }

    [Fact]
    public void EachPrecisionIsAnotherModel() =>
        Assert.Equal(3, Enum.GetValues<Precision>().Select(precision => Numbers(Prepared(precision).Translate(Texts[0]))).Distinct().Count());

    [Fact]
    public void AModelThatIsTrainedAgainIsNoLongerPacked()
    {
        var model = SmallModel.New();
        model.Transformer.Prepare(Precision.Int8);
        Assert.All(model.Transformer.Matrices(), entry => Assert.Equal(Precision.Int8, entry.Parameter.Packed?.Precision));
        model.Transformer.CopyFrom(SmallModel.New(seed: 8).Transformer);
        Assert.All(model.Transformer.Matrices(), entry => Assert.Null(entry.Parameter.Packed));
        Assert.Equal(new Translator(SmallModel.New(seed: 8)).Translate(Texts).Select(Numbers), new Translator(model).Translate(Texts).Select(Numbers));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void AFolderTranslatesAsTheModelThatWasSaved(Precision precision)
    {
        using var folder = new TemporaryFolder();
        var model = Prepared(precision);
        model.Model.SavePrepared(folder.File("model"));
        Assert.Equal(model.Translate(Texts).Select(Numbers), Translator.Load(folder.File("model")).Translate(Texts).Select(Numbers));
        Assert.Equal(model.Translate(Texts).Select(Numbers), Translator.Load(folder.File("model"), precision).Translate(Texts).Select(Numbers));
    }

    private static Translator Prepared(Precision precision)
    {
        var model = SmallModel.New();
        model.Transformer.Prepare(precision);
        return new Translator(model);
    }

    /// <summary>The text and every bit of its score.</summary>
    private static string Numbers(Translation translation) => FormattableString.Invariant($"{translation.Text} {translation.Candidates[0].LogProbability:R}");

    /// <summary>Recomputes every product in double precision from what the op shows of it.</summary>
    private sealed class Verifier : IRecorderObserver
    {
        public bool WantsIntermediates => true;

        public int Products { get; private set; }

        public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            if (op is not PackedLinearOp)
                return;
            double[] expected = op.Reference([.. inputs.ToArray().Select(Twin.Of)]).Values;
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], output.Values[i], 1e-5 * (1 + Math.Abs(expected[i])));
            Products++;
        }
    }
}
