using Pellucid.Cli.Verbs;
using Pellucid.Tensors.Words;
using Pellucid.Text.Words;
using Pellucid.Training.Words;

namespace Pellucid.Cli.Flags;

/// <summary>How word vectors are learned: gensim's names, and word2vec.c's as they are typed there.</summary>
internal sealed class Word2VecFlags
{
    private static readonly Word2VecOptions Default = new();
    private static readonly string[] ZeroOrOne = ["0", "1"];

    private readonly Flag<int> _width, _window, _minimum, _negative, _epochs, _batch;
    private readonly Flag<string> _skipGram, _cbow, _tree, _mean, _shrink;
    private readonly Flag<int?> _most;
    private readonly Flag<long> _seed, _inMemory;
    private readonly Flag<double> _sample, _alpha, _minAlpha, _exponent;

    public Word2VecFlags(FlagList list)
    {
        list.Heading("Model");
        _width = list.Add(Make.Whole("--vector-size", "N", "numbers in a vector", 1, Default.Windows.Width, "--size", "-size"));
        _window = list.Add(Make.Whole("--window", "N", "the farthest a word around may be from the word", 1, Default.Windows.Window, "-window"));
        _skipGram = list.Add(Make.Choice("--sg", "0|1", "1: skip-gram, each word around predicts the word by itself; 0: CBOW, their mean does", ZeroOrOne));
        _cbow = list.Add(Make.Choice("--cbow", "0|1", "the same the other way round: 1 is CBOW, 0 skip-gram", ["1", "0"], "-cbow"));
        _mean = list.Add(Make.Choice("--cbow-mean", "0|1", "CBOW: 1 takes the mean of the words around, 0 their sum", ["1", "0"]));
        _tree = list.Add(Make.Choice("--hs", "0|1", "1: hierarchical softmax, the way through a Huffman tree, instead of negative samples", ZeroOrOne, "-hs"));
        _negative = list.Add(Make.Whole("--negative", "N", "negative samples for each word", 0, 5, "-negative"));
        _exponent = list.Add(Make.Number("--ns-exponent", "X", "a word is a negative sample as often as its count to the power of this", -10, 10, 0.75));
        _shrink = list.Add(Make.Choice("--shrink-windows", "0|1", "1 draws how far each window reaches, from 1 to --window; 0 always reaches as far as that", ["1", "0"]));
        list.Heading("Vocabulary");
        _minimum = list.Add(Make.Whole("--min-count", "N", "rarer words are left out, as if they were not there", 1, 5, "-min-count"));
        _most = list.Add(Make.WholeOrNone("--max-final-vocab", "N", "at most this many words, the most frequent", 2, "no limit"));
        _inMemory = list.Add(Make.Long("--words-in-memory", "N", "a text of up to this many words is kept in memory, 4 bytes each; a longer one is read again in each pass", 0, new WordCorpusOptions().WordsInMemory));
        list.Heading("Learning");
        _epochs = list.Add(Make.Whole("--epochs", "N", "passes over the text", 1, Default.Epochs, "--iter", "-iter"));
        _alpha = list.Add(Make.Number("--alpha", "RATE", "the learning rate at the beginning", 1e-9, 10, Default.LearningRate, "-alpha"));
        _minAlpha = list.Add(Make.Number("--min-alpha", "RATE", "the learning rate at the end; between, it falls with the words read", 0, 10, Default.MinimumLearningRate));
        _sample = list.Add(Make.Number("--sample", "T", "words that make up a larger share of the text are left out at random; 0 keeps all", 0, 1, Default.Sample, "-sample"));
        _seed = list.Add(Make.Long("--seed", "N", "the same text, settings and seed give the same vectors, bit for bit, on any number of threads", 0, (long)Default.Seed));
        _batch = list.Add(Make.Whole("--batch-windows", "N", "windows that learn at a time without seeing each other's changes", 1, Default.Windows.Batch));
    }

    /// <exception cref="UsageException">The flags contradict each other.</exception>
    public Word2VecOptions Options(Call call)
    {
        if (call.Has(_skipGram) && call.Has(_cbow) && call.Get(_skipGram) == call.Get(_cbow))
            throw new UsageException($"{_skipGram.Name} {call.Get(_skipGram)} and {_cbow.Name} {call.Get(_cbow)} contradict each other; give one of them");
        bool isSkipGram = call.Get(_skipGram) == "1" || call.Get(_cbow) == "0";
        if (isSkipGram && call.Has(_mean)) throw new UsageException($"{_mean.Name} is for CBOW; skip-gram takes each word by itself");
        if (call.Get(_minAlpha) > call.Get(_alpha)) throw new UsageException($"{_minAlpha.Name} is larger than {_alpha.Name}; the rate can only fall");
        return new Word2VecOptions
        {
            Windows = new WindowOptions
            {
                Model = isSkipGram ? WindowModel.SkipGram : call.Get(_mean) == "1" ? WindowModel.Cbow : WindowModel.CbowSum,
                Width = call.Get(_width), Window = call.Get(_window), ShrinkWindows = call.Get(_shrink) == "1", Targets = Targets(call), Batch = call.Get(_batch),
            },
            Epochs = call.Get(_epochs), LearningRate = call.Get(_alpha), MinimumLearningRate = call.Get(_minAlpha), Sample = call.Get(_sample), Seed = (ulong)call.Get(_seed),
        };
    }

    public WordCorpusOptions Vocabulary(Call call) => new() { MinimumCount = call.Get(_minimum), MaximumVocabulary = call.Get(_most), WordsInMemory = call.Get(_inMemory) };

    private WindowTargets Targets(Call call)
    {
        if (call.Get(_tree) == "0")
            return call.Get(_negative) > 0 ? new WindowTargets.NegativeSamples(call.Get(_negative), call.Get(_exponent)) : throw new UsageException($"{_negative.Name} 0 needs {_tree.Name} 1: there is nothing else to learn from");
        if (call.Has(_negative) && call.Get(_negative) > 0) throw new UsageException($"{_tree.Name} 1 takes the place of negative samples; give {_negative.Name} 0 or leave it out");
        if (call.Has(_exponent)) throw new UsageException($"{_exponent.Name} is for negative samples");
        return new WindowTargets.HuffmanPaths();
    }
}
