using Pellucid.Cli.Flags;
using Pellucid.Words;

namespace Pellucid.Cli.Verbs.Words;

internal sealed class Word2VecSimilar : Verb
{
    private readonly WordVectorFlags _vectors;
    private readonly Flag<int> _count;
    private readonly Flag<bool> _json;

    public Word2VecSimilar()
    {
        Words = WordsOf("WORD...", "each is asked by itself", least: 1);
        _vectors = new(Flags);
        _count = Flags.Add(NeighbourText.Count());
        _json = Flags.Add(NeighbourText.Json());
    }

    public override string Description => "Gives the words whose vectors point most nearly the same way, and the cosine of the angle between. With several words, each line begins with the word that was asked for.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid word2vec similar good --vectors vectors.bin", "the ten nearest words"),
        new("pellucid word2vec similar film actor --topn 3 -v vectors.txt --json", "three each, as JSON"),
    ];

    public override int Run(Call call)
    {
        string[] words = call.Get(Words!);
        var vectors = _vectors.Read(call);
        var found = words.Select(word => (word, vectors.Similar(word, call.Get(_count)))).ToList(); // all or none: a word without a vector is told before anything is written
        foreach (var (word, near) in found) NeighbourText.Write(call.Terminal, near, call.Get(_json), words.Length > 1 ? word : null);
        return ExitCode.Done;
    }
}
