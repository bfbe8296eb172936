using Pellucid.Explain.Exports;
using Pellucid.Server.Explanations;
using Pellucid.Server.Http;
using Pellucid.Server.Pages;

namespace Pellucid.Server;

/// <summary>
/// Runs what the first reader needs once while nobody waits, so that the runtime has compiled it by then: the page's files packed, and one small explanation, which nobody keeps.
/// It gives up as soon as somebody asks for something: their work compiles the same code, and has the machine for itself.
/// </summary>
internal sealed class WarmUp : IAsyncDisposable
{
    private const string Text = "You are welcome.";

    private readonly CancellationTokenSource stop = new();
    private readonly Task work;

    internal WarmUp(TranslationModel model) => work = Task.Run(() => Run(model, stop.Token));

    /// <summary>Completes when all is warm, or when it was given up; never with an error.</summary>
    internal Task Done => work;

    internal void GiveUp() => stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        GiveUp();
        await work.ConfigureAwait(false);
        stop.Dispose();
    }

    private static void Run(TranslationModel model, CancellationToken cancellation)
    {
        foreach (string name in PageFiles.Names)
            if (!cancellation.IsCancellationRequested)
                PageFiles.Find(name);
        try
        {
            var kept = Explaining.Text(model, Text, 0, new TranslateOptions(), cancellation);
            Reply.ToJson(json => kept.Document.Write(json, TensorData.None));
        }
        catch (Exception)
        {
            // It was given up; or the model cannot explain, and whoever asks it to is told why.
        }
    }
}
