using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>tiktoken's file of a vocabulary: a line for each piece, its bytes in base64 and its rank, which is its id.</summary>
public static class TiktokenFile
{
    /// <exception cref="TokenizerException">The file is missing or damaged; the message names the line.</exception>
    public static Tokenizer Read(string path, TiktokenEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(encoding);
        var pieces = ReadPieces(path);
        if (pieces.Count == 0) throw new TokenizerException("the file is empty; a tiktoken file has a line for each piece", path);
        pieces.AddRange(encoding.SpecialTokens.Select(token => (token.Content, token.Id, (long?)null)));
        try
        {
            var vocabulary = new Vocabulary(PieceTable.Of(pieces, path), Roles(encoding.SpecialTokens));
            return new(new TokenizerParts
            {
                AddedTokens = encoding.SpecialTokens,
                PreTokenizer = encoding.PreTokenizer,
                Model = ByteBpeModel.OfRanks(vocabulary),
                Decoder = new Decoder.ByteLevel(),
            });
        }
        catch (TokenizerException error) when (error.File is null)
        {
            throw new TokenizerException(error.Message, path, null, error);
        }
    }

    /// <summary>Writes the pieces that are not special, each with its id as its rank.</summary>
    /// <exception cref="TokenizerException">
    /// The model is not byte-level BPE, or its merges are not in the order of the ids of their results, so that ranks could not say what it does;
    /// or the file cannot be written.
    /// </exception>
    public static void Write(Tokenizer tokenizer, string path)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(path);
        if (tokenizer.Model is not ByteBpeModel model) throw new TokenizerException("only a byte-level BPE tokenizer can be written as a tiktoken file");
        CheckOrder(model);
        TokenizerFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            for (var id = 0; id < model.Vocabulary.Count; id++)
            {
                if (model.Vocabulary.Pieces[id] is not { } piece || model.Vocabulary.IsSpecial(id)) continue;
                var bytes = new byte[piece.Length];
                if (!ByteAlphabet.TryRead(piece, bytes)) throw new TokenizerException($"the piece '{piece}' is not spelled in the byte alphabet");
                writer.WriteLine(FormattableString.Invariant($"{Convert.ToBase64String(bytes)} {id}"));
            }
        });
    }

    internal static SpecialTokens Roles(IReadOnlyList<AddedToken> tokens) => SpecialTokens.None with
    {
        EndOfSentence = tokens.FirstOrDefault(token => token.Content == TiktokenEncoding.EndOfText)?.Content,
        Additional = [.. tokens.Where(token => token.Special).Select(token => token.Content)],
    };

    private static void CheckOrder(ByteBpeModel model)
    {
        var last = (Rank: -1, Result: -1);
        foreach (var merge in model.RankedMerges)
        {
            // Pairs of one rank are tiktoken's own; two merges with one result are not, and one of them would get the rank of the other.
            if (merge.Rank != last.Rank && merge.Result <= last.Result)
                throw new TokenizerException($"merge {merge.Rank} gives a piece whose id is not larger than that of the merge before it; in a tiktoken file ids are ranks");
            last = (merge.Rank, merge.Result);
        }
    }

    private static List<(string Piece, int Id, long? Line)> ReadPieces(string path)
    {
        var rest = TokenizerFile.Read(path).AsSpan();
        var pieces = new List<(string, int, long?)>();
        var buffer = new byte[ByteMerges.LongestPiece + 2]; // base64 comes in threes
        for (long number = 1; !rest.IsEmpty; number++)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (!line.IsEmpty) pieces.Add(ReadLine(line, buffer, path, number));
        }
        return pieces;
    }

    private static (string Piece, int Id, long? Line) ReadLine(ReadOnlySpan<byte> line, byte[] buffer, string path, long number)
    {
        var space = line.IndexOf((byte)' ');
        if (space <= 0) throw new TokenizerException("a line is a piece in base64, a space and its rank", path, number);
        var text = line[..space];
        if (text.Length / 4 * 3 > buffer.Length) throw TooLong();
        if (text.IndexOfAnyInRange((byte)0, (byte)' ') >= 0 || Base64.DecodeFromUtf8(text, buffer, out var read, out var length) != OperationStatus.Done || read != text.Length || length == 0)
            throw new TokenizerException("the piece is not in base64", path, number);
        if (length > ByteMerges.LongestPiece) throw TooLong();
        if (!int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var rank))
            throw new TokenizerException("the rank is not a number from 0 to 2147483647", path, number);
        return (ByteAlphabet.Spell(buffer.AsSpan(0, length)), rank, number);

        TokenizerException TooLong() => new(FormattableString.Invariant($"the piece has more than {ByteMerges.LongestPiece} bytes"), path, number);
    }
}
