using Pellucid.Cli.Flags;
using Pellucid.Explain.Exports;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Tours;
using Pellucid.Explain.Walks;
using Pellucid.Words;

namespace Pellucid.Cli.Verbs.Words;

internal sealed class Word2VecExplain : Verb
{
    private readonly Flag<string?> _text, _vectors, _step, _cell;
    private readonly Flag<int?> _limit;
    private readonly Flag<bool> _analogy;
    private readonly Flag<int> _width, _window, _negative, _cells;
    private readonly Flag<string> _language, _format;

    public Word2VecExplain()
    {
        Words = WordsOf("WORD...", "with --vectors: the words to show");
        _text = Flags.Add(Make.TextOr("--text", "FILE", "thirty sentences about a kingdom", "a small text to learn from: a sentence a line, at most 2,000 words and 60 different ones", "--input", "-i"));
        _width = Flags.Add(Make.Whole("--vector-size", "N", "numbers in a vector", 2, 6, "--size"));
        _window = Flags.Add(Make.Whole("--window", "N", "the farthest a word around may be from the word", 1, 2));
        _negative = Flags.Add(Make.Whole("--negative", "N", "words drawn for the word in the middle", 1, 3));
        Flags.Heading("Learned vectors");
        _vectors = Flags.Add(Make.Text("--vectors", "FILE", "show words of this file instead: map, neighbours, analogy", "-v", "--model"));
        _limit = Flags.Add(Make.WholeOrNone("--limit", "N", "read at most this many words of it", 1, "all", "-threshold"));
        _analogy = Flags.Add(Make.Switch("--analogy", "the first three words A B C ask: A is to B as C is to which of the others?"));
        Flags.Heading("Output");
        _step = Flags.Add(Make.Text("--step", "N|NAME", "one step, by number or name", "--at"));
        _cell = Flags.Add(Make.Text("--cell", "NAME[i,j]", "one number written out, with what it was computed from: cbow.scores[0,0]"));
        _cells = Flags.Add(Make.Whole("--cells", "N", "the most rows and columns of a table; 0 shows all", 0, 14));
        _language = Flags.Add(Make.Choice("--lang", "LANGUAGE", "English or Chinese", [.. Language.All.Select(language => language.Code)], "--language"));
        _format = Flags.Add(Make.Choice("--format", "FORMAT", "how to write it", ["text", "markdown", "json"]));
    }

    public override string Description =>
        "Learns vectors for a small text while you wait, and shows every number on the way: ids, one-hot rows, the window, one training step of CBOW and of skip-gram forwards and backwards, a map by principal components, neighbours, an analogy. The page has the same as a tour.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid word2vec explain", "the whole way, on thirty sentences about a kingdom"),
        new("pellucid word2vec explain --step pull --lang zh", "the sum of forces, in Chinese"),
        new("pellucid word2vec explain --cell cbow.probabilities[0,0]", "one number, from where"),
        new("pellucid word2vec explain --vectors vectors.bin man king woman queen prince --analogy", "map, neighbours and analogy of your own vectors"),
    ];

    public override int Run(Call call)
    {
        var tour = MakeTour(call);
        var output = call.Terminal.Output;
        var language = Language.Find(call.Get(_language))!;
        Action<TextWriter, StepContent> write = call.Get(_format) == "markdown" ? ContentMarkdown.Write : ContentText.Write;
        if (call.Get(_cell) is { } cell)
        {
            if (call.Has(_step)) throw new UsageException($"give either {_step.Name} or {_cell.Name}");
            if (call.Get(_format) == "json") throw new UsageException($"{_cell.Name} is written as text or markdown");
            write(output, Told(() => TourContent.Cell(tour, cell, new ContentOptions { Language = language })));
            return ExitCode.Done;
        }
        if (call.Get(_format) == "json")
        {
            using var stream = new MemoryStream();
            using (var json = new System.Text.Json.Utf8JsonWriter(stream)) TourJson.Write(json, tour);
            output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
            return ExitCode.Done;
        }
        foreach (int at in Steps(call, tour)) write(output, TourContent.Of(tour, at, language, call.Get(_cells)));
        return ExitCode.Done;
    }

    private Tour MakeTour(Call call)
    {
        string[] words = call.Get(Words!);
        if (call.Get(_vectors) is { } file)
        {
            if (call.Parsed(_text) || call.Has(_width) || call.Has(_window) || call.Has(_negative))
                throw new UsageException($"{_vectors.Name} shows vectors that were learned already; nothing is learned from a text");
            var vectors = WordVectorFile.Read(file, call.Get(_limit), call.Cancellation);
            string[] shown = [.. words.Distinct(StringComparer.Ordinal)];
            if (shown.Length is < 3 or > WordsTour.MostWords) throw new UsageException($"name from 3 to {WordsTour.MostWords} different words to show");
            if (call.Get(_analogy) && shown.Length < 4) throw new UsageException($"{_analogy.Name} needs a fourth word, that can be the answer");
            float[] rows = [.. shown.SelectMany(word => vectors[word].ToArray())];
            return WordsTour.Of(shown, rows, call.Get(_analogy) ? (0, 1, 2) : null);
        }
        if (words.Length > 0) throw new UsageException($"words are shown of {_vectors.Name} FILE; to learn from a text, say {_text.Name} FILE");
        if (call.Has(_analogy)) throw new UsageException($"{_analogy.Name} is for {_vectors.Name}");
        var options = new WordsTourOptions { Width = call.Get(_width), Window = call.Get(_window), Negative = call.Get(_negative) };
        if (call.Get(_width) > 64) throw new UsageException($"{_width.Name} is at most 64 here: more numbers cannot be followed");
        if (call.Get(_text) is { } path)
        {
            using var reader = Input.LineFeed.Reader(path, call.Terminal);
            var text = new System.Text.StringBuilder();
            while (reader.ReadLine() is { } line && text.Length < 100_000) text.Append(line).Append('\n');
            options = options with { Text = text.ToString() };
        }
        return Told(() => WordsTour.Make(options));
    }

    private IEnumerable<int> Steps(Call call, Tour tour)
    {
        if (call.Get(_step) is not { } wanted) return Enumerable.Range(0, tour.Steps.Count);
        if (int.TryParse(wanted, out int number) && number >= 1 && number <= tour.Steps.Count) return [number - 1];
        int found = tour.Steps.ToList().FindIndex(step => step.Id == wanted);
        return found >= 0 ? [found] : throw new UsageException($"there is no step '{wanted}'; there are 1 to {tour.Steps.Count}: {string.Join(", ", tour.Steps.Select(step => step.Id))}");
    }

    /// <summary>What the tour finds wrong with a text or a name is the caller's to mend.</summary>
    private static T Told<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException error)
        {
            throw new FailureException(error.Message, error);
        }
    }
}
