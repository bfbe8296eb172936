using Pellucid.Explain.Interventions;
using Pellucid.Explain.Traces;
using Pellucid.Models.Generation;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Explain.Interventions;

public sealed class OcclusionTests
{
    private static readonly TranslationModel Model = SmallModel.New();
    private static readonly int[] Source = [20, 31, 42, 53, 2], Target = [61, 72];

    [Fact]
    public void WhatIsHiddenCannotBeReadWhateverItIs()
    {
        var found = Occlusion.Run(Model, Source, Target);
        var other = Occlusion.Run(Model, [20, 31, 99, 53, 2], Target);
        Assert.Equal(5, found.Count);
        Assert.Equal(found[2].LogProbabilities, other[2].LogProbabilities);
        Assert.NotEqual(found[1].LogProbabilities, other[1].LogProbabilities);
    }

    [Fact]
    public void ChangesAreAgainstTheWholeSentence()
    {
        float[] whole = ForcedScoring.Score(Model.Transformer, Source, Target).StepLogProbabilities;
        foreach (var occlusion in Occlusion.Run(Model, Source, Target, [[0, 1], [3]]))
        {
            Assert.Equal(3, occlusion.Changes.Length);
            Assert.Null(occlusion.Tokens);
            for (int t = 0; t < 3; t++)
                Assert.Equal((double)occlusion.LogProbabilities[t] - whole[t], occlusion.Changes[t]);
            Assert.Equal(occlusion.Changes.Sum(), occlusion.TotalChange);
            Assert.NotEqual(0, occlusion.TotalChange);
        }
        Assert.Equal(whole, ForcedScoring.Score(Model.Transformer, Source, Target).StepLogProbabilities);
    }

    [Fact]
    public void TheTranslationWithoutAWordIsThatOfTheBlindModel()
    {
        var options = new DecodingOptions { Search = new Search.Greedy(), MaximumLength = LengthLimit.Absolute(6) };
        var found = Occlusion.Run(Model, Source, Target, options: options);
        foreach (int hidden in new[] { 0, 3 })
        {
            int[] other = [.. Source];
            other[hidden] = 150;
            Assert.Equal(found[hidden].Tokens, Occlusion.Run(Model, other, Target, [[hidden]], options)[0].Tokens);
        }
    }

    [Fact]
    public void PiecesOfOneWordAreHiddenTogether()
    {
        var header = Tracer.Trace(Model, "Where is Xanadu today?", [], TracePattern.None).Header;
        var words = Occlusion.Words(header);
        string[] texts = [.. words.Select(word => header.Text[header.Source[word[0]].Start..header.Source[word[^1]].End].Trim())];
        Assert.Equal(["Where", "is", "Xanadu", "today?", ""], texts);
        Assert.Equal(Enumerable.Range(0, header.Source.Count), words.SelectMany(word => word));
        Assert.True(words[2].Count > 1);
    }

    [Fact]
    public void APositionOutsideTheSentenceIsAnError() =>
        Assert.Contains("0..4", Assert.Throws<ArgumentException>(() => Occlusion.Run(Model, Source, Target, [[5]])).Message);
}
