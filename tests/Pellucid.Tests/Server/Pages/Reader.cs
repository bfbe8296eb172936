using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Pellucid.Tests.Server.Pages;

/// <summary>A person in front of the page. Whatever the browser complains about, and every request that leaves the server's address, is kept and judged at the end.</summary>
public sealed class Reader : IAsyncDisposable
{
    private const string Overheard = "__violations";

    private readonly IBrowserContext context;
    private readonly List<string> complaints = [];

    private Reader(IBrowserContext context, IPage page) => (this.context, Page) = (context, page);

    public IPage Page { get; }

    internal static async Task<Reader> InAsync(IBrowserContext context, Uri home)
    {
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        var reader = new Reader(context, page);
        await page.AddInitScriptAsync($"window.{Overheard} = []; addEventListener('securitypolicyviolation', e => {Overheard}.push(e.violatedDirective + ' ' + e.blockedURI));");
        page.Console += (_, message) => reader.Note(message.Type is "error" or "warning", $"console: {message.Text}");
        page.PageError += (_, error) => reader.Note(true, $"error: {error}");
        page.Request += (_, request) => reader.Note(!IsAllowed(request.Url, home), $"request: {request.Url}");
        return reader;
    }

    /// <summary>Opens a view and waits until it is drawn: #/walk/…</summary>
    public async Task GoAsync(string view, string text = "")
    {
        await Page.GotoAsync($"?text={Uri.EscapeDataString(text)}#/{view}".Replace("?text=#", "#", StringComparison.Ordinal));
        await SettledAsync();
    }

    /// <summary>Turns to another view of the page that is open.</summary>
    public async Task TurnToAsync(string view)
    {
        await Page.EvaluateAsync("view => { location.hash = '#/' + view; }", view);
        await Page.WaitForFunctionAsync("view => document.querySelector('nav.places [aria-current]')?.getAttribute('href') === '#/' + view", view.Split('/')[0]);
        await SettledAsync();
    }

    /// <summary>Waits until nothing is being computed or read.</summary>
    public async Task SettledAsync()
    {
        await Page.Locator("main h2, main h3").First.WaitForAsync();
        await Page.WaitForFunctionAsync("() => document.querySelector('[aria-busy=true]') === null");
        await Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
    }

    /// <summary>Presses keys one after another.</summary>
    public async Task PressAsync(params string[] keys)
    {
        foreach (string key in keys)
        {
            await Page.Keyboard.PressAsync(key);
        }
    }

    /// <summary>Where the keyboard is: the tag, name and text of the focused element.</summary>
    public Task<string> FocusAsync() =>
        Page.EvaluateAsync<string>("() => { const e = document.activeElement; return e.tagName + ' ' + (e.getAttribute('aria-label') ?? e.textContent).slice(0, 80); }");

    /// <summary>Tab until the focus lies in an element of this selector.</summary>
    public async Task TabToAsync(string selector)
    {
        for (int i = 0; i < 300; i++)
        {
            if (await Page.EvaluateAsync<bool>("selector => document.activeElement?.closest(selector) !== null && document.activeElement !== document.body", selector))
            {
                return;
            }

            await Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"300 Tabs do not reach {selector}");
    }

    /// <summary>What axe, which knows the rules of WCAG 2.2 A and AA, finds wrong here; empty when nothing.</summary>
    /// <param name="where">Named in what is found.</param>
    /// <param name="everyCell">All cells of all matrices: seconds for two thousand. Otherwise the first ones stand for the others, which the same line of code makes.</param>
    public async Task<string> BarriersAsync(string where, bool everyCell = false)
    {
        var found = await Page.RunAxe(
            new AxeRunContext
            {
                Include = [new("html")],
                Exclude = everyCell ? [] : [new(".matrix tbody tr:nth-child(n+3)"), new(".matrix td:nth-child(n+6)"), new(".matrix th:nth-child(n+6)"), new(".flow li:nth-child(n+6)")],
            },
            new AxeRunOptions { ResultTypes = [ResultType.Violations], Iframes = false });
        return string.Concat(found.Violations.Select(violation =>
            $"{where}: {violation.Id}: {violation.Help}\n    {string.Join("\n    ", violation.Nodes.Take(5).Select(node => node.Html))}\n"));
    }

    /// <summary>What is wider than the window; empty when nothing.</summary>
    public async Task<string> OverflowAsync(string where)
    {
        string wide = await Page.EvaluateAsync<string>("""
            () => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? '' :
                [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                    .slice(0, 5).map(e => e.tagName + '.' + e.className).join(', ')
            """);
        return wide.Length == 0 ? "" : $"{where} is wider than the window: {wide}\n";
    }

    /// <summary>Ends the visit; fails when the browser complained or the page asked another host.</summary>
    public async ValueTask DisposeAsync()
    {
        string[] violations = await Page.EvaluateAsync<string[]>($"() => window.{Overheard} ?? []");
        await context.DisposeAsync();
        lock (complaints)
        {
            Assert.Equal("", string.Join("\n", complaints.Concat(violations.Select(violation => $"content security policy: {violation}"))));
        }
    }

    private static bool IsAllowed(string url, Uri home) =>
        url.StartsWith(home.ToString(), StringComparison.Ordinal) || url.StartsWith("file:", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal)
        || url.StartsWith("blob:", StringComparison.Ordinal) || url == "about:blank";

    private void Note(bool matters, string text)
    {
        if (matters)
        {
            lock (complaints)
            {
                complaints.Add(text);
            }
        }
    }
}
