using Pellucid.Explain.Exports;
using Pellucid.Explain.Interventions;
using Pellucid.Explain.Learning;
using Pellucid.Explain.Walks;
using Pellucid.Server.Explanations;
using Pellucid.Server.Http;
using Pellucid.Tensors;
using Pellucid.Tests.Explain;

namespace Pellucid.Tests.Server;

public sealed class ExplanationStoreTests
{
    private static readonly ExplanationDocument Document = new(TutorialModel.Explained.Trace, TutorialModel.Explained.Walk, TutorialModel.Explained.Search);

    private static readonly long One = Document.Bytes + 64 * 1024;

    [Fact]
    public void TheLeastRecentlyUsedMakesRoom()
    {
        var store = new ExplanationStore(3 * One);
        foreach (string id in new[] { "a", "b", "c" })
            store.Keep(Kept(id));
        store.Find("a");
        store.Keep(Kept("d"));
        Assert.Equal(3, store.Count);
        Assert.Equal("a", store.Find("a").Id);
        Assert.Contains("made room", Assert.Throws<RequestException>(() => store.Find("b")).Message);
    }

    [Fact]
    public void TheSameNameTakesItsOwnPlace()
    {
        var store = new ExplanationStore(2 * One);
        for (int i = 0; i < 5; i++)
            store.Keep(Kept("a"));
        store.Keep(Kept("b"));
        Assert.Equal((2, "a"), (store.Count, store.Find("a").Id));
    }

    [Fact]
    public void WhatCanNeverFitIsRefused() => Assert.Equal(422, Assert.Throws<RequestException>(() => new ExplanationStore(One - 1).Keep(Kept("a"))).Status);

    [Fact]
    public void WeightsAreTheModelsAndDoNotCount() =>
        Assert.Equal(TutorialModel.Explained.Trace.Tensors.Where(tensor => tensor.Origin == Pellucid.Explain.Traces.TensorOrigin.Computed).Sum(tensor => 4L * tensor.Values!.Length), Document.Bytes);

    [Fact]
    public void WeightsThatOnlyAnExplanationHoldsDoCount()
    {
        var served = TutorialModel.New();
        served.Transformer.Prepare(Precision.BFloat16);
        var plain = new Kept(Document, served, TutorialModel.Options).Own(served);
        var edited = EditedModel.Apply(served, [new Edit.Weight("embedding.weight", [5, 0], 2)]);
        var changed = new Kept(Document, edited, TutorialModel.Options).Own(served);
        long all = served.Transformer.ParameterCount(), embedding = edited.Transformer.Parameters().First(entry => entry.Name == "embedding.weight").Parameter.Count;
        long matrices = served.Transformer.Matrices().Sum(entry => (long)entry.Parameter.Count);
        // Traces share one copy of a packed matrix. An edited model has its own embedding, which its trace shows, and its own vectors.
        Assert.Equal(4 * (all - matrices), plain.ModelBytes);
        Assert.Equal(4 * (2 * embedding + 2 * (all - matrices)), changed.ModelBytes);
        Assert.Equal(8 * all, new Kept(Document, TutorialModel.New(), TutorialModel.Options).Own(served).ModelBytes);
        var step = TrainingStep.Run(served, TutorialModel.Sentence, "Hola");
        Assert.Equal(16 * all, new Kept(new ExplanationDocument(step.Trace, new Walk(step.Trace), null), step.Updated, TutorialModel.Options).Own(served).ModelBytes);
    }

    private static Kept Kept(string id) => new(Document with { Id = id }, TutorialModel.New(), TutorialModel.Options);
}
