using Pellucid.Cli.Flags;

namespace Pellucid.Cli.Verbs.Words;

internal sealed class Word2VecOdd : Verb
{
    private readonly WordVectorFlags _vectors;
    private readonly Flag<bool> _json;

    public Word2VecOdd()
    {
        Words = WordsOf("WORD...", "three words or more", least: 3);
        _vectors = new(Flags);
        _json = Flags.Add(NeighbourText.Json());
    }

    public override string Description => "Gives the word that does not belong with the others: the farthest by cosine from the mean of all, each of unit length, and that cosine.";

    public override IReadOnlyList<Example> Examples => [new("pellucid word2vec odd breakfast cereal dinner lunch --vectors vectors.bin", "cereal, if the vectors know it")];

    public override int Run(Call call)
    {
        string[] words = call.Get(Words!);
        NeighbourText.Write(call.Terminal, [_vectors.Read(call).OddOneOut(words)], call.Get(_json));
        return ExitCode.Done;
    }
}
