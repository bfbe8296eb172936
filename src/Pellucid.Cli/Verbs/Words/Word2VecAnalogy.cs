using Pellucid.Cli.Flags;

namespace Pellucid.Cli.Verbs.Words;

internal sealed class Word2VecAnalogy : Verb
{
    private readonly WordVectorFlags _vectors;
    private readonly Flag<string[]> _positive, _negative;
    private readonly Flag<string> _method;
    private readonly Flag<int> _count;
    private readonly Flag<bool> _json;

    public Word2VecAnalogy()
    {
        Words = WordsOf("A B C", "A is to B as C is to the answer", most: 3);
        _vectors = new(Flags);
        _positive = Flags.Add(Make.Texts("--positive", "WORD", "in place of A B C: a word to add; may be repeated"));
        _negative = Flags.Add(Make.Texts("--negative", "WORD", "in place of A B C: a word to subtract; may be repeated"));
        _method = Flags.Add(Make.Choice("--method", "NAME", "3cosadd: nearest to the sum of the unit vectors (Mikolov et al. 2013); 3cosmul: largest product of cosines (Levy and Goldberg 2014)", ["3cosadd", "3cosmul"]));
        _count = Flags.Add(NeighbourText.Count());
        _json = Flags.Add(NeighbourText.Json());
    }

    public override string Description => "Answers A : B = C : ? with the words nearest to B - A + C, without those that were asked with.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid word2vec analogy man king woman --vectors vectors.bin", "queen, if the vectors know it"),
        new("pellucid word2vec analogy good better bad --method 3cosmul -v vectors.txt", "by products in place of sums"),
        new("pellucid word2vec analogy --positive king --positive woman --negative man -v vectors.bin", "the first again, as gensim's most_similar is asked"),
    ];

    public override int Run(Call call)
    {
        string[] words = call.Get(Words!), positive = call.Get(_positive), negative = call.Get(_negative);
        bool isListed = positive.Length + negative.Length > 0;
        if (isListed && words.Length > 0) throw new UsageException("give either A B C or --positive and --negative, not both");
        if (!isListed && words.Length != 3) throw new UsageException($"three words are needed, {words.Length} given: A is to B as C is to the answer");
        if (!isListed) (positive, negative) = ([words[1], words[2]], [words[0]]);
        if (positive.Length == 0) throw new UsageException("--positive WORD is needed");
        var vectors = _vectors.Read(call);
        var best = call.Get(_method) == "3cosmul" ? vectors.AnalogyByProduct(positive, negative, call.Get(_count)) : vectors.Analogy(positive, negative, call.Get(_count));
        NeighbourText.Write(call.Terminal, best, call.Get(_json));
        return ExitCode.Done;
    }
}
