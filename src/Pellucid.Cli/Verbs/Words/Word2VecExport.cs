using Pellucid.Cli.Flags;
using Pellucid.Words;

namespace Pellucid.Cli.Verbs.Words;

internal sealed class Word2VecExport : Verb
{
    private readonly WordVectorFlags _vectors;
    private readonly Flag<string?> _output, _binary;

    public Word2VecExport()
    {
        _vectors = new(Flags);
        _output = Flags.Add(Make.Text("--output", "FILE", "the file to write", "-o", "-output"));
        _binary = Flags.Add(VectorFormat.Flag());
    }

    public override string Description => "Writes word vectors in the other of word2vec's two files, or only the first of them. Text has as many digits as bring every number back exactly, so nothing is lost either way.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid word2vec export --vectors vectors.txt --output vectors.bin", "text to binary"),
        new("pellucid word2vec export -v vectors.bin -o small.txt --limit 20000", "the first 20,000 words, as text"),
    ];

    public override int Run(Call call)
    {
        string output = call.Need(_output);
        bool isBinary = VectorFormat.IsBinary(call, _binary, output);
        var vectors = _vectors.Read(call);
        if (isBinary) WordVectorFile.WriteBinary(vectors, output);
        else WordVectorFile.WriteText(vectors, output);
        call.Say(FormattableString.Invariant($"{output}: {vectors.Vocabulary.Count:N0} words, {vectors.Width} numbers each, {(isBinary ? "binary" : "text")}"));
        return ExitCode.Done;
    }
}
