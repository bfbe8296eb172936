using Microsoft.Playwright;
using Pellucid.Server;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>The real server with models/en-es on a free port of the loopback, and one headless browser for all tests of the page.</summary>
public sealed class PageFixture : IAsyncLifetime
{
    private IPlaywright? playwright;
    private IBrowser? browser;
    private PellucidServer? server;

    public Uri Address => server!.Address;

    /// <summary>Starts nothing where there is no browser; each test then says that it was skipped.</summary>
    public async ValueTask InitializeAsync()
    {
        if (Chromium.Path is null || !File.Exists(Repository.At("models/en-es/model.safetensors")))
        {
            return;
        }

        server = await PellucidServer.StartAsync(Translator.Load(Repository.At("models/en-es")), new ServerOptions { Port = 0 });
        playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(60_000); // a machine that builds and trains beside the tests is slow
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
    }

    /// <summary>A reader with a window of their own, who has been nowhere yet.</summary>
    public async Task<Reader> ReaderAsync(Window? window = null, Uri? address = null)
    {
        Chromium.Require();
        Assert.SkipUnless(server is not null, "models/en-es is not there");
        window ??= new Window();
        address ??= Address;
        var context = await browser!.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            ViewportSize = new() { Width = window.Width, Height = window.Height },
            ColorScheme = window.Dark ? ColorScheme.Dark : ColorScheme.Light,
            Locale = window.Language == "zh" ? "zh-CN" : "en-GB",
            ReducedMotion = window.Moving ? ReducedMotion.NoPreference : ReducedMotion.Reduce,
            Offline = window.Offline,
            AcceptDownloads = true,
            DeviceScaleFactor = window.Scale,
        });
        return await Reader.InAsync(context, address);
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }
}

/// <summary>How the page is looked at.</summary>
public sealed record Window(int Width = 1280, int Height = 900, bool Dark = false, string Language = "en", bool Offline = false, float Scale = 1, bool Moving = false);

/// <summary>One browser for all classes that drive the page.</summary>
[CollectionDefinition(Name)]
public sealed class PageCollection : ICollectionFixture<PageFixture>
{
    public const string Name = "page";
}
