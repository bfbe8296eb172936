using System.Diagnostics;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Input;
using Pellucid.Cli.Output;
using Pellucid.Cli.Progress;
using Pellucid.Tensors.Words;
using Pellucid.Text.Words;
using Pellucid.Training.Words;
using Pellucid.Words;

namespace Pellucid.Cli.Verbs.Words;

internal sealed class Word2VecTrain : Verb
{
    private readonly Flag<string[]> _text;
    private readonly Flag<string?> _output, _vocabulary;
    private readonly Flag<string?> _binary;
    private readonly Flag<int?> _threads;
    private readonly Flag<int> _phrases, _phraseMinimum;
    private readonly Flag<double> _phraseThreshold;
    private readonly Flag<string?> _phraseOutput;
    private readonly Word2VecFlags _settings;

    public Word2VecTrain()
    {
        Words = WordsOf("FILE...", "text files: a sentence a line, words separated by blanks");
        Flags.Heading("Input and output");
        _text = Flags.Add(Make.Texts("--train", "FILE", "the same as FILE...", "-train", "--corpus-file"));
        _output = Flags.Add(Make.Text("--output", "FILE", "where the vectors go; the file appears when it is complete", "-o", "-output"));
        _binary = Flags.Add(VectorFormat.Flag());
        _vocabulary = Flags.Add(Make.Text("--save-vocab", "FILE", "also write each word and how often it occurs", "-save-vocab"));
        _threads = Flags.Add(Make.WholeOrNone("--threads", "N", "processor threads; changes speed, never a result", 1, "what the machine allows", "--workers", "-threads", "--cpu-threads", "--num-threads"));
        _settings = new(Flags);
        Flags.Heading("Phrases");
        _phrases = Flags.Add(Make.Whole("--phrases", "PASSES", "first make one word of words that often follow each other, as new_york; each pass can join what the last one joined", 0, 0));
        _phraseThreshold = Flags.Add(Make.Number("--phrases-threshold", "X", "a pair with a larger score is a phrase: (count(a b) - discount) / (count(a) count(b)) times the number of different words and pairs, as gensim's Phrases", 0, double.PositiveInfinity, 10));
        _phraseMinimum = Flags.Add(Make.Whole("--phrases-min-count", "N", "the discount of the score", 1, 5));
        _phraseOutput = Flags.Add(Make.Text("--save-phrases", "FILE", "also write the text with its phrases joined, as it is learned from"));
    }

    public override string Description =>
        """
        Learns a vector for each word from the words around it (Mikolov et al. 2013): CBOW or skip-gram, with negative samples or hierarchical softmax.
        The text is taken as it is: lower its letters and set punctuation apart before, if that is wanted.
        Ctrl-C ends early and writes what has been learned so far (exit code 130); a second Ctrl-C ends at once.
        """;

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid word2vec train text.txt -o vectors.txt", "CBOW, 100 numbers a word, five passes"),
        new("pellucid word2vec train text.txt --sg 1 --vector-size 300 --window 10 --negative 10 -o vectors.bin", "skip-gram, in a binary file"),
        new("pellucid word2vec train text.txt --phrases 2 -o vectors.txt", "with phrases of up to four words as words of their own"),
        new("pellucid word2vec train -train text.txt -output vectors.bin -cbow 0 -size 200 -window 8 -hs 1 -negative 0 -threads 4 -binary 1 -iter 15", "as word2vec.c is called"),
    ];

    public override int Run(Call call)
    {
        string output = call.Need(_output);
        string[] files = [.. call.Get(Words!), .. call.Get(_text)];
        if (files.Length == 0) throw new UsageException("a text is missing: FILE... or --train FILE");
        var options = _settings.Options(call);
        bool isBinary = VectorFormat.IsBinary(call, _binary, output);
        if (call.Get(_phrases) == 0 && (call.Has(_phraseThreshold) || call.Has(_phraseMinimum) || call.Has(_phraseOutput))) throw new UsageException($"{_phrases.Name} PASSES is needed with the other flags of phrases");
        MachineFlags.Apply(call, _threads);
        using var progress = new WordProgress(call.Terminal);
        using var joined = new JoinedText();
        files = joined.Join(files, call.Get(_phrases), new() { Threshold = call.Get(_phraseThreshold), MinimumCount = call.Get(_phraseMinimum) }, call, progress);
        if (call.Get(_phraseOutput) is { } text) OutputFile.Copy(files[0], text);
        var corpus = WordCorpus.Read(files, _settings.Vocabulary(call), progress, call.Cancellation);
        progress.Dispose();
        call.Say(FormattableString.Invariant($"{corpus.Words:N0} words in {corpus.Sentences:N0} sentences; {corpus.Vocabulary.Count:N0} words of the vocabulary make up {100.0 * corpus.Vocabulary.Total / corpus.Words:0.0} % of them"));
        if (call.Get(_vocabulary) is { } vocabulary) OutputFile.Write(vocabulary, call.Terminal, writer => WriteVocabulary(writer, corpus.Vocabulary));
        // What counting left behind goes before the matrices come: with a million words it is a tenth of them.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long start = Stopwatch.GetTimestamp();
        var learned = Word2Vec.Learn(corpus, options, progress, call.Cancellation);
        var time = Stopwatch.GetElapsedTime(start);
        progress.Dispose();
        Write(corpus.Vocabulary, learned, output, isBinary);
        Tell(call, progress.Last, output, corpus, learned, time);
        return call.Cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }

    private static void Write(WordVocabulary vocabulary, WindowEmbeddings learned, string output, bool isBinary)
    {
        if (isBinary) WordVectorFile.WriteBinary(vocabulary, learned, output);
        else WordVectorFile.WriteText(vocabulary, learned, output);
    }

    private static void WriteVocabulary(TextWriter writer, WordVocabulary vocabulary)
    {
        for (int id = 0; id < vocabulary.Count; id++) writer.WriteLine(FormattableString.Invariant($"{vocabulary[id]} {vocabulary.Counts[id]}"));
    }

    private static void Tell(Call call, Word2VecProgress? last, string output, WordCorpus corpus, WindowEmbeddings learned, TimeSpan time)
    {
        long words = last?.Words ?? 0;
        string what = FormattableString.Invariant($"{output}: {corpus.Vocabulary.Count:N0} words, {learned.Options.Width} numbers each");
        if (call.Cancellation.IsCancellationRequested)
            call.Say(FormattableString.Invariant($"{what}, as they were when learning was interrupted, after {100.0 * words / Math.Max(1, last?.TotalWords ?? 1):0.0} % of it"));
        else
            call.Say(FormattableString.Invariant($"{what}, learned in {time.TotalSeconds:0.0} s, {WordProgress.Millions(words / Math.Max(time.TotalSeconds, 1e-9))} words/s"));
    }
}
