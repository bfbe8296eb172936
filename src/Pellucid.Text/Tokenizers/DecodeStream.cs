using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// Decoding one id at a time: each call gives the text that the id adds, and never half a character. All that is given, put
/// together, is what <see cref="Tokenizer.Decode"/> gives. For one caller.
/// </summary>
public sealed class DecodeStream
{
    private readonly Vocabulary _vocabulary;
    private readonly Spacing _spacing;
    private readonly bool _bytes;
    private readonly bool _skipSpecial;
    private readonly Decoder _utf8 = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();
    private readonly StringBuilder _output = new();
    private readonly byte[] _byte = new byte[1];
    private readonly char[] _characters = new char[4];
    private bool _atStart = true;
    private bool _spacePending;
    private bool _inBytes;

    internal DecodeStream(Tokenizer tokenizer, bool skipSpecial)
    {
        _vocabulary = tokenizer.Vocabulary;
        _spacing = tokenizer.Spacing;
        _bytes = tokenizer.Model is BpeModel { ByteFallback: true };
        _skipSpecial = skipSpecial;
    }

    /// <summary>The text that this id adds; empty while the bytes of a character are incomplete.</summary>
    /// <exception cref="TokenizerException">The id is outside the vocabulary.</exception>
    public string Push(int id)
    {
        var piece = _vocabulary[id];
        var special = _vocabulary.IsSpecial(id);
        if (special && _skipSpecial && id != _vocabulary.UnknownId) return "";
        _output.Clear();
        if (_bytes && _vocabulary.ByteValue(id) is >= 0 and var value) AddByte((byte)value);
        else
        {
            EndBytes();
            AddPiece(piece, special);
        }
        return _output.ToString();
    }

    /// <summary>What is left: U+FFFD if the last character's bytes never came, otherwise nothing.</summary>
    public string Finish()
    {
        _output.Clear();
        EndBytes();
        return _output.ToString();
    }

    private void AddByte(byte value)
    {
        _inBytes = true;
        _byte[0] = value;
        _output.Append(_characters, 0, _utf8.GetChars(_byte, _characters, flush: false));
        _atStart = false;
    }

    private void EndBytes()
    {
        if (!_inBytes) return;
        _inBytes = false;
        _output.Append(_characters, 0, _utf8.GetChars([], _characters, flush: true));
    }

    private void AddPiece(string piece, bool special)
    {
        switch (_spacing)
        {
            case Spacing.Metaspace when !special:
                var text = piece.Replace(Spacing.MetaspaceCharacter, ' ');
                _output.Append(_atStart && text[0] == ' ' ? text.AsSpan(1) : text);
                break;
            case Spacing.Joined:
                if (!_atStart) _output.Append(' ');
                _output.Append(piece);
                break;
            case Spacing.EndOfWord(var marker):
                if (_spacePending) _output.Append(' ');
                // The unknown token has no marker: whether a word ended there is not known, and no space is made up.
                _spacePending = piece.EndsWith(marker, StringComparison.Ordinal);
                _output.Append(_spacePending ? piece.AsSpan(0, piece.Length - marker.Length) : piece);
                break;
            default:
                _output.Append(piece);
                break;
        }
        _atStart = false;
    }
}
