using Microsoft.AspNetCore.Http;
using Pellucid.Server;
using Pellucid.Server.Http;
using Pellucid.Tests.Explain;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Server;

public sealed class WarmUpTests
{
    [Fact]
    public async Task ItEndsByItselfAndWhenItIsGivenUp()
    {
        await using var whole = new WarmUp(SmallModel.New());
        await using var cut = new WarmUp(SmallModel.New());
        cut.GiveUp();
        await Task.WhenAll(whole.Done, cut.Done).WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task AModelThatCannotExplainIsNotItsAffair()
    {
        var broken = TutorialModel.New();
        foreach (var (_, parameter) in broken.Transformer.Parameters())
            parameter.Assign([.. Enumerable.Repeat(float.NaN, parameter.Count)]);
        var reported = new List<string>();
        await using var server = await PellucidServer.StartAsync(new Translator(broken), new ServerOptions { Port = 0 }, reported.Add);
        await using var warmUp = new WarmUp(broken);
        await warmUp.Done.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(reported);
    }

    [Fact]
    public async Task WhoeverAsksForWorkIsNoticedBeforeItsTurnComes()
    {
        using var workers = new Workers(1, longestQueue: 1, TimeSpan.FromMinutes(1));
        using var free = new ManualResetEventSlim();
        int asked = 0;
        workers.Asked = () => asked++;
        var first = workers.RunAsync(new DefaultHttpContext(), stop => { free.Wait(stop); return 1; });
        var waiting = workers.RunAsync(new DefaultHttpContext(), _ => 2);
        Assert.Equal(2, asked);
        free.Set();
        Assert.Equal((1, 2), (await first, await waiting));
    }
}
