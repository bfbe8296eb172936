using Pellucid.Cli.Verbs;
using Pellucid.Text.Words;

namespace Pellucid.Cli.Input;

/// <summary>A text with its phrases joined, in a file that goes when nobody needs it any more.</summary>
internal sealed class JoinedText : IDisposable
{
    private readonly List<string> _files = [];

    /// <summary>The files to read; the given ones when there are no passes.</summary>
    public string[] Join(string[] files, int passes, WordPhraseOptions options, Call call, IProgress<long> progress)
    {
        for (int pass = 1; pass <= passes; pass++)
        {
            var phrases = WordPhrases.Learn(files, options, progress, call.Cancellation);
            string file = Path.GetTempFileName();
            _files.Add(file);
            phrases.Write(files, file, call.Cancellation);
            string best = string.Join(", ", phrases.All.Take(5).Select(phrase => phrase.First + options.Delimiter + phrase.Second));
            call.Say(FormattableString.Invariant($"pass {pass} over phrases: {phrases.Count:N0} of them{(best.Length > 0 ? ", such as " + best : "")}"));
            files = [file];
        }
        return files;
    }

    public void Dispose()
    {
        foreach (string file in _files) File.Delete(file);
    }
}
