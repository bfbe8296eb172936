using System.Runtime.InteropServices;

namespace Pellucid.Text.Metrics;

/// <summary>
/// chrF, the F-score of character n-grams (Popović 2015, equation 1), and chrF++, of word n-grams too (Popović 2017),
/// equal to sacreBLEU's.
/// </summary>
public sealed class ChrF : Metric
{
    private readonly ChrFOptions _options;

    /// <exception cref="ArgumentOutOfRangeException">An order or beta is too small.</exception>
    public ChrF(ChrFOptions? options = null)
    {
        _options = options ?? new ChrFOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.CharacterOrder, 1, nameof(ChrFOptions.CharacterOrder));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.WordOrder, nameof(ChrFOptions.WordOrder));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Beta, 1, nameof(ChrFOptions.Beta));
        Name = $"chrF{_options.Beta}{new string('+', _options.WordOrder)}";
    }

    public override string Name { get; }

    public override bool HigherIsBetter => true;

    /// <inheritdoc/>
    public override ChrFScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, CancellationToken cancellation = default)
    {
        MetricInputException.Check(hypotheses, references);
        var segments = new Segments(_options);
        var sum = new NGramMatches(_options.CharacterOrder + _options.WordOrder);
        for (var i = 0; i < hypotheses.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            sum.Add(segments.Best(hypotheses[i], ReferencesOf(references, i)));
        }

        return Score(sum, references.Count);
    }

    /// <inheritdoc cref="Metric.Corpus(IReadOnlyList{string}, IReadOnlyList{string}, CancellationToken)"/>
    public new ChrFScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, CancellationToken cancellation = default) =>
        Corpus(hypotheses, [references], cancellation);

    /// <inheritdoc/>
    public override ChrFScore Sentence(string hypothesis, IReadOnlyList<string> references)
    {
        MetricInputException.CheckReferences(references.Count, 1);
        return Score(new Segments(_options).Best(hypothesis, references), references.Count);
    }

    /// <inheritdoc cref="Metric.Sentence(string, string)"/>
    public new ChrFScore Sentence(string hypothesis, string reference) => Sentence(hypothesis, [reference]);

    private ChrFScore Score(NGramMatches matches, int references)
    {
        var signature = $"nrefs:{references}|case:{(_options.Lowercase ? "lc" : "mixed")}|eff:{YesNo(!_options.EpsilonSmoothing)}"
            + $"|nc:{_options.CharacterOrder}|nw:{_options.WordOrder}|space:{YesNo(_options.Whitespace)}|version:{ReproducedVersion}";
        return new ChrFScore(
            Name, matches.FScore(_options.Beta, _options.EpsilonSmoothing), signature,
            matches.Matches, matches.Hypothesis, matches.Reference);
    }

    /// <summary>Counts segment after segment in the same memory.</summary>
    private sealed class Segments(ChrFOptions options)
    {
        private readonly NGramCounter _characters = new(options.CharacterOrder);
        private readonly NGramCounter _words = new(options.WordOrder);
        private readonly Dictionary<string, int> _wordIds = [];

        /// <summary>The matches with the reference that gives the best F-score, the first of equals.</summary>
        public NGramMatches Best(string hypothesis, IReadOnlyList<string> references)
        {
            _characters.Clear();
            _words.Clear();
            var counts = Count(hypothesis);
            NGramMatches? best = null;
            var bestScore = 0.0;
            foreach (var reference in references)
            {
                var matches = Compare(counts, Count(reference));
                var score = references.Count == 1 ? 0 : matches.FScore(options.Beta, options.EpsilonSmoothing);
                if (best is null || score > bestScore) (best, bestScore) = (matches, score);
            }

            return best!;
        }

        private NGramMatches Compare(Counts hypothesis, Counts reference)
        {
            var matches = new NGramMatches(options.CharacterOrder + options.WordOrder);
            var (split, end) = (options.CharacterOrder, options.CharacterOrder + options.WordOrder);
            _characters.AddMatches(hypothesis.Characters, reference.Characters, matches.Matches.AsSpan(..split));
            _words.AddMatches(hypothesis.Words, reference.Words, matches.Matches.AsSpan(split, end - split));
            NGramCounter.AddTotals(hypothesis.Length, matches.Hypothesis.AsSpan(..split));
            NGramCounter.AddTotals(hypothesis.WordLength, matches.Hypothesis.AsSpan(split, end - split));
            NGramCounter.AddTotals(reference.Length, matches.Reference.AsSpan(..split));
            NGramCounter.AddTotals(reference.WordLength, matches.Reference.AsSpan(split, end - split));
            for (var n = 0; n < end; n++)
            {
                if (matches.Reference[n] == 0) matches.Hypothesis[n] = 0; // nothing to compare with: not a miss
            }

            return matches;
        }

        private Counts Count(string segment)
        {
            if (options.Lowercase) segment = PythonText.ToLower(segment);
            var characters = new List<int>(segment.Length);
            foreach (var rune in segment.EnumerateRunes())
            {
                if (options.Whitespace || !PythonText.IsSpace(rune.Value)) characters.Add(rune.Value);
            }

            var words = new List<int>();
            if (options.WordOrder > 0) AddWords(segment, words);
            return new Counts(
                _characters.Count(CollectionsMarshal.AsSpan(characters)), characters.Count,
                _words.Count(CollectionsMarshal.AsSpan(words)), words.Count);
        }

        // Popović 2017, section 2: a mark at the end of a word stands apart, else one at its beginning; never both.
        private void AddWords(string segment, List<int> words)
        {
            foreach (var word in PythonText.Words(segment))
            {
                if (word.Length > 1 && IsPunctuation(word[^1]))
                {
                    words.Add(Id(word[..^1]));
                    words.Add(Id(word[^1..]));
                }
                else if (word.Length > 1 && IsPunctuation(word[0]))
                {
                    words.Add(Id(word[..1]));
                    words.Add(Id(word[1..]));
                }
                else
                {
                    words.Add(Id(word));
                }
            }
        }

        private static bool IsPunctuation(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c));

        private int Id(string word)
        {
            ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_wordIds, word, out var known);
            if (!known) id = _wordIds.Count - 1;
            return id;
        }
    }

    private readonly record struct Counts(int[] Characters, int Length, int[] Words, int WordLength);
}
