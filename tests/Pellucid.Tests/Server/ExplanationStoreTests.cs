using Pellucid.Explain.Exports;
using Pellucid.Server.Explanations;
using Pellucid.Server.Http;
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

    private static Kept Kept(string id) => new(Document with { Id = id }, TutorialModel.New(), TutorialModel.Options);
}
