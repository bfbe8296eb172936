using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pellucid.Explain;
using Pellucid.Explain.Exports;
using Pellucid.Explain.Interventions;
using Pellucid.Explain.Traces;
using Pellucid.Explain.Verification;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tensors.Recording;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// What explaining costs: a real model translates a sentence of so many tokens into as many, and one part of an explanation is made of that. <c>off</c> is the translation alone, with nobody looking, and beside it
/// the module names that a trace would read, given to a recorder once more by themselves: all that tracing added to the model's own work.
/// </summary>
internal sealed class Explaining : Workload
{
    private const int UsualLength = 40, MostTokens = 128, Beam = 5;

    /// <summary>Without a full stop inside: one sentence, cut where its tokens are enough.</summary>
    private const string Passage =
        "this morning my sister and her friends walked along the river to the old market, where they bought fresh bread, cheese and apples for the children who were waiting at home in the garden behind the house, ";

    private static readonly Dictionary<string, Action<Explaining, CancellationToken>> Parts = new(StringComparer.Ordinal)
    {
        ["off"] = (it, stop) => it.TranslateAndName(stop),
        ["trace"] = (it, stop) => Tracer.Trace(it.Model, it._source, it._target, null, stop),
        ["whole"] = (it, stop) => SentenceExplanation.Of(it.Model, it._text, it._options, null, null, stop),
        ["document"] = (it, _) => it.WriteDocument(),
        ["verify"] = (it, stop) => Verifier.Verify(it._explained!.Trace, cancellation: stop),
        ["occlusions"] = (it, stop) => Occlusion.Run(it.Model, it._source, it._target, Occlusion.Words(it._explained!.Trace.Header), null, stop),
        ["step"] = (it, stop) => Pellucid.Explain.Learning.TrainingStep.Run(it.Model, it._text, it._text, cancellation: stop), // what it costs depends on the lengths alone
    };

    private readonly string _part;
    private readonly int _length;
    private readonly Precision _precision;
    private readonly Func<Precision, TranslationModel> _load;
    private readonly List<double> _searching = [], _naming = [];
    private TranslationModel? _model;
    private TranslateOptions _options = new();
    private SentenceExplanation? _explained;
    private string _text = "";
    private int[] _source = [], _target = [];
    private string[][] _paths = [];

    private Explaining(string part, int length, Precision precision, Func<Precision, TranslationModel> load) => (_part, _length, _precision, _load) = (part, length, precision, load);

    public static IReadOnlyCollection<string> Names => Parts.Keys;

    public override string Bench => "explain";

    public override string Shape => string.Create(CultureInfo.InvariantCulture, $"{_part}:{_length}");

    public override string Precision => Precisions.NameOf(_precision);

    public override string Unit => "sentences/s";

    public override double Amount => 1;

    public override TimeSpan Duration => TimeSpan.FromMilliseconds(150);

    public override int Repeats => 9;

    private TranslationModel Model => _model!;

    /// <summary><c>NAME</c> or <c>NAME:TOKENS</c>, the end token counted.</summary>
    /// <exception cref="FormatException">The text is no such shape; the message says what one looks like.</exception>
    public static Explaining Parse(string text, Precision precision, Func<Precision, TranslationModel> load)
    {
        var parts = text.Split(':');
        if (Parts.ContainsKey(parts[0]))
        {
            if (parts.Length == 1) return new(text, UsualLength, precision, load);
            if (parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length is >= 2 and <= MostTokens) return new(parts[0], length, precision, load);
        }
        throw new FormatException($"'{text}' is no part of an explanation; it is written NAME or NAME:TOKENS with a name of {string.Join(", ", Names)} and 2 to {MostTokens} tokens: verify:40");
    }

    public override void Prepare()
    {
        _model = _load(_precision);
        _options = new()
        {
            Decoding = new() { Search = new Search.Beam(Beam), MinimumLength = new(0, _length - 1), MaximumLength = new(0, _length - 1) },
            LongestPart = MostTokens + 1,
        };
        _text = Sentence(Model, _length);
        _explained = SentenceExplanation.Of(Model, _text, _options).Single();
        _source = [.. _explained.Trace.Header.Source.Select(token => token.Id)];
        _target = [.. _explained.Trace.Header.Target.Skip(1).Select(token => token.Id)];
        var places = new Places();
        using (Recorder.Begin(observers: places))
            Translate(default);
        _paths = [.. places.Paths];
    }

    public override void Run(CancellationToken cancellation) => Parts[_part](this, cancellation);

    /// <summary>None: nothing of a machine says how fast an explanation could be.</summary>
    public override Limit? LimitOf(Peaks peaks) => null;

    public override IEnumerable<Figure> Figures(Costs costs)
    {
        yield return new("allocated_bytes", costs.Allocated, $"{Amounts.Bytes(costs.Allocated)} allocated");
        if (_naming.Count == 0) yield break;
        var (searching, naming) = (new Sample(_searching).Median, new Sample(_naming).Median);
        yield return new("names_microseconds", naming * 1e6, string.Create(CultureInfo.InvariantCulture, $"{_paths.Length} operations, their names {naming * 1e6:0} µs"));
        yield return new("names_share", naming / searching, string.Create(CultureInfo.InvariantCulture, $"{100 * naming / searching:0.00} % of the translation"));
    }

    public override void Dispose() => (_model, _explained, _paths) = (null, null, []);

    private void Translate(CancellationToken cancellation) => Generator.Generate(Model.Transformer, [_source], _options.DecodingWith(Model.Tokenizer), cancellation: cancellation);

    private void TranslateAndName(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        Translate(cancellation);
        long searched = Stopwatch.GetTimestamp();
        Name();
        _searching.Add(Stopwatch.GetElapsedTime(start, searched).TotalSeconds);
        _naming.Add(Stopwatch.GetElapsedTime(searched).TotalSeconds);
    }

    /// <summary>Enters and leaves the modules that the operations of the translation ran in, in their order.</summary>
    private void Name()
    {
        using var recorder = Recorder.Begin();
        var inside = new Stack<(string Name, Recorder.ModuleScope Scope)>();
        string[] before = [];
        foreach (var path in _paths)
        {
            var shared = 0;
            while (shared < before.Length && shared < path.Length && ReferenceEquals(before[shared], path[shared])) shared++;
            while (inside.Count > shared) inside.Pop().Scope.Dispose();
            for (var i = shared; i < path.Length; i++) inside.Push((path[i], Recorder.Enter(path[i])));
            before = path;
        }
        while (inside.Count > 0) inside.Pop().Scope.Dispose();
    }

    private void WriteDocument()
    {
        using var nowhere = new Utf8JsonWriter(Stream.Null);
        new ExplanationDocument(_explained!.Trace, _explained.Walk, _explained.Search).Write(nowhere, TensorData.None);
    }

    /// <summary>The longest beginning of the passage, repeated as often as needed, that has this many tokens with its end.</summary>
    private static string Sentence(TranslationModel model, int length)
    {
        var found = "";
        for (var end = 1; end <= Passage.Length * MostTokens; end++)
        {
            var text = string.Concat(Enumerable.Repeat(Passage, (end - 1) / Passage.Length)) + Passage[..((end - 1) % Passage.Length + 1)];
            var tokens = model.Tokenizer.EncodeToIds(text).Length + 1;
            if (tokens == length) found = text;
            else if (tokens > length + 4) break;
        }
        return found.Length > 0 ? found.TrimEnd() : throw new FormatException($"this model's tokenizer cuts no beginning of the passage into {length} tokens; choose another number");
    }

    /// <summary>The modules that each operation ran in; equal names are one string.</summary>
    private sealed class Places : IRecorderObserver
    {
        public List<string[]> Paths { get; } = [];

        public void After(Recorder recorder, Pellucid.Tensors.Ops.Op op, ReadOnlySpan<Tensor> inputs, Tensor output) =>
            Paths.Add([.. recorder.Path.Split('.', StringSplitOptions.RemoveEmptyEntries).Select(string.Intern)]);
    }
}
