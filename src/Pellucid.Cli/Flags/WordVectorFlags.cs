using Pellucid.Cli.Verbs;
using Pellucid.Words;

namespace Pellucid.Cli.Flags;

/// <summary>The word vectors that are asked.</summary>
internal sealed class WordVectorFlags
{
    private readonly Flag<string?> _vectors;
    private readonly Flag<int?> _limit;

    public WordVectorFlags(FlagList list)
    {
        _vectors = list.Add(Make.Text("--vectors", "FILE", "word vectors as word2vec train writes them, or word2vec.c, gensim or fastText; text or binary is recognised", "-v", "--model"));
        _limit = list.Add(Make.WholeOrNone("--limit", "N", "read at most this many words, the first; of most files the most frequent", 1, "all", "-threshold"));
    }

    /// <param name="wanted">No more of the first words are needed.</param>
    /// <exception cref="WordVectorException">The file is missing or damaged.</exception>
    public WordVectors Read(Call call, int wanted = int.MaxValue) => WordVectorFile.Read(call.Need(_vectors), Math.Min(call.Get(_limit) ?? int.MaxValue, wanted), call.Cancellation);
}
