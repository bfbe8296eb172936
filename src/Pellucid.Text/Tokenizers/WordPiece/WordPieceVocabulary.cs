using Pellucid.Text.Corpora;
using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers.WordPiece;

/// <summary>BERT's vocab.txt: one piece a line, its id the number of the line, counted from 0.</summary>
public static class WordPieceVocabulary
{
    private const long LargestFile = 128L << 20;

    private static readonly string[] SpecialNames = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>A BERT tokenizer: those of [PAD], [UNK], [CLS], [SEP], [MASK] that are there are its special tokens.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <param name="lowercase">Whether text becomes lower case and loses its accents ("uncased"), which the file does not say.</param>
    /// <exception cref="TokenizerException">The file is missing, damaged, names a piece twice or has no [UNK].</exception>
    public static Tokenizer Read(string path, bool lowercase = true)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            var pieces = ReadPieces(path);
            var ids = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var id = 0; id < pieces.Count; id++)
                if (pieces[id] is { } piece && !ids.TryAdd(piece, id))
                    throw new TokenizerException(FormattableString.Invariant($"'{piece}' stands in line {ids[piece] + 1} already"), path, id + 1);
            if (!ids.ContainsKey("[UNK]")) throw new TokenizerException("there is no piece [UNK]; is this a WordPiece vocabulary?", path);
            AddedToken[] special = [.. SpecialNames.Where(ids.ContainsKey).Select(name => new AddedToken(name, ids[name]) { Special = true })];
            return Make(new Vocabulary(pieces, TokenRoles.Of(special, "[UNK]")), special, new Normalizer.Bert(LowerCase: lowercase));
        }
        catch (Exception error) when (error is CorpusException or TokenizerException { File: null } or ArgumentException)
        {
            throw error is CorpusException corpus
                ? new TokenizerException(corpus.Message[(corpus.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..], path, corpus.Line, error)
                : new TokenizerException(error.Message, path, null, error);
        }
    }

    /// <summary>Writes the pieces in the order of their ids, to a temporary name first.</summary>
    /// <exception cref="TokenizerException">The model is not WordPiece, a piece has a line end in it, or the file cannot be written.</exception>
    public static void Write(Tokenizer tokenizer, string path)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(path);
        if (tokenizer.Model is not WordPieceModel) throw new TokenizerException("only a WordPiece tokenizer is written as vocab.txt");
        if (tokenizer.Vocabulary.Pieces.FirstOrDefault(piece => piece?.AsSpan().ContainsAny('\n', '\r') == true) is { } broken)
            throw new TokenizerException($"the piece '{broken}' has a line end in it, which a vocab.txt cannot hold");
        try
        {
            AtomicFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                foreach (var piece in tokenizer.Vocabulary.Pieces) writer.WriteLine(piece);
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException("the file cannot be written: " + error.Message, path, null, error);
        }
    }

    /// <summary>The stages of BERT around a vocabulary.</summary>
    internal static Tokenizer Make(Vocabulary vocabulary, IReadOnlyList<AddedToken> added, Normalizer normalizer, string prefix = "##")
    {
        var tokens = vocabulary.SpecialTokens;
        return new(new TokenizerParts
        {
            AddedTokens = added,
            Normalizer = normalizer,
            PreTokenizer = new PreTokenizer.Bert(),
            Model = new WordPieceModel(vocabulary, prefix),
            PostProcessor = tokens is { BeginOfSentence: { } begin, EndOfSentence: { } end } ? Around(Special(begin), Special(end)) : null,
            Decoder = new Decoder.WordPiece(prefix),
        });

        TemplatePart.Special Special(string piece) => new(piece, [vocabulary.IdOf(piece)], [piece], 0);
    }

    // Devlin et al. 2019, section 3: [CLS] A [SEP] and [CLS] A [SEP] B [SEP], the second text being of type 1.
    private static PostProcessor.Template Around(TemplatePart.Special begin, TemplatePart.Special end)
    {
        TemplatePart[] single = [begin, new TemplatePart.Text(false, 0), end];
        return new(single, [.. single, new TemplatePart.Text(true, 1), end with { TypeId = 1 }]);
    }

    private static List<string?> ReadPieces(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > LargestFile and var length })
            throw new TokenizerException(FormattableString.Invariant($"the file has {length} bytes; one of more than {LargestFile} is not read"), path);
        return [.. LineReader.Lines(path).Select(line => line.Length == 0 ? null : line)];
    }
}
