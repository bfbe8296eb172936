using System.Collections.Frozen;

namespace Pellucid.Text.Tokenizers;

/// <summary>The pieces and their ids, 0 to Count - 1. Immutable.</summary>
public sealed class Vocabulary
{
    private const int None = -1;

    private readonly string?[] _pieces;
    private readonly FrozenDictionary<string, int> _ids;
    private readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly bool[] _special;
    private readonly short[] _byteValues; // -1: not a byte piece
    private readonly int _padding, _begin, _end;

    /// <summary>
    /// Pieces in the order of their ids; the special tokens must be among them. Null stands for an id that nothing has, as some
    /// published vocabularies have them.
    /// </summary>
    /// <exception cref="TokenizerException">A piece occurs twice, is empty, or a special token is missing.</exception>
    public Vocabulary(IReadOnlyList<string?> pieces, SpecialTokens specialTokens)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(specialTokens);
        _pieces = [.. pieces];
        var ids = new Dictionary<string, int>(_pieces.Length, StringComparer.Ordinal);
        for (var id = 0; id < _pieces.Length; id++)
        {
            if (_pieces[id] is not { } piece) continue;
            if (piece.Length == 0) throw new TokenizerException(FormattableString.Invariant($"piece {id} of the vocabulary is empty"));
            if (!ids.TryAdd(piece, id))
                throw new TokenizerException(FormattableString.Invariant($"the piece '{piece}' has two ids, {ids[piece]} and {id}"));
        }
        _ids = ids.ToFrozenDictionary(StringComparer.Ordinal);
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        SpecialTokens = specialTokens;
        _special = new bool[_pieces.Length];
        foreach (var token in specialTokens.All) _special[Required(token)] = true;
        _padding = Required(specialTokens.Padding);
        _begin = Required(specialTokens.BeginOfSentence);
        _end = Required(specialTokens.EndOfSentence);
        UnknownIdOrNone = Required(specialTokens.Unknown);
        _byteValues = new short[_pieces.Length];
        Array.Fill(_byteValues, (short)None);
        HasBytes = true;
        for (var value = 0; value < 256; value++)
        {
            if (_ids.TryGetValue(BytePiece((byte)value), out var id)) _byteValues[id] = (short)value;
            else HasBytes = false;
        }
    }

    public int Count => _pieces.Length;

    /// <summary>All pieces in the order of their ids; null for an id that nothing has.</summary>
    public IReadOnlyList<string?> Pieces => _pieces;

    public SpecialTokens SpecialTokens { get; }

    /// <exception cref="TokenizerException">The tokenizer has no padding token.</exception>
    public int PaddingId => Role(_padding, "padding");

    /// <exception cref="TokenizerException">The tokenizer has no token for the begin of a sentence.</exception>
    public int BeginOfSentenceId => Role(_begin, "begin-of-sentence");

    /// <exception cref="TokenizerException">The tokenizer has no token for the end of a sentence.</exception>
    public int EndOfSentenceId => Role(_end, "end-of-sentence");

    /// <exception cref="TokenizerException">The tokenizer has no unknown token.</exception>
    public int UnknownId => Role(UnknownIdOrNone, "unknown");

    /// <summary>Whether all 256 byte pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> are there.</summary>
    public bool HasBytes { get; }

    /// <exception cref="TokenizerException">The id is outside 0 to Count - 1, or nothing has it.</exception>
    public string this[int id] => _pieces[Check(id)]
        ?? throw new TokenizerException(FormattableString.Invariant($"token id {id} is not used by this tokenizer"));

    public bool TryGetId(string piece, out int id) => _ids.TryGetValue(piece, out id);

    /// <exception cref="TokenizerException">The piece is not in the vocabulary.</exception>
    public int IdOf(string piece) => TryGetId(piece, out var id) ? id
        : throw new TokenizerException($"the vocabulary has no piece '{piece}'");

    /// <exception cref="TokenizerException">The id is outside 0 to Count - 1.</exception>
    public bool IsSpecial(int id) => _special[Check(id)];

    /// <summary>The special tokens as ones that are read out of a text.</summary>
    internal AddedToken[] SpecialAsAdded => [.. SpecialTokens.All.Select(token => new AddedToken(token, IdOf(token)) { Special = true })];

    /// <summary>The id of the unknown token, or -1.</summary>
    internal int UnknownIdOrNone { get; }

    /// <summary>The byte that a byte piece stands for, or -1.</summary>
    internal int ByteValue(int id) => _byteValues[Check(id)];

    /// <summary><c>&lt;0x0A&gt;</c> for 10.</summary>
    internal static string BytePiece(byte value) => FormattableString.Invariant($"<0x{value:X2}>");

    internal bool TryGetId(ReadOnlySpan<char> piece, out int id) => _lookup.TryGetValue(piece, out id);

    private int Required(string? token) => token is null ? None : _ids.TryGetValue(token, out var id) ? id
        : throw new TokenizerException($"the vocabulary lacks the special token '{token}'");

    private static int Role(int id, string name) => id != None ? id
        : throw new TokenizerException($"this tokenizer has no {name} token; a model that needs one cannot use it");

    private int Check(int id) => (uint)id < (uint)_pieces.Length ? id
        : throw new TokenizerException(FormattableString.Invariant(
            $"token id {id} is outside the vocabulary, whose ids are 0 to {_pieces.Length - 1}; it probably belongs to another tokenizer"));
}
