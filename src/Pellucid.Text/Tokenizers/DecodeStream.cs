namespace Pellucid.Text.Tokenizers;

/// <summary>
/// Decoding one id at a time: each call gives the text that the id adds, and never half a character. All that is given, put
/// together, is what <see cref="Tokenizer.Decode"/> gives. For one caller.
/// </summary>
public sealed class DecodeStream
{
    private readonly Vocabulary _vocabulary;
    private readonly bool _skipSpecial;
    private readonly DecoderStep.Sink _sink = new();
    private readonly DecoderStep _first;

    internal DecodeStream(Tokenizer tokenizer, bool skipSpecial)
    {
        _vocabulary = tokenizer.Vocabulary;
        _skipSpecial = skipSpecial;
        _first = tokenizer.Decoder.Start(_sink);
    }

    /// <summary>The text that this id adds; empty while the bytes of a character are incomplete.</summary>
    /// <exception cref="TokenizerException">The id is outside the vocabulary.</exception>
    public string Push(int id)
    {
        var piece = _vocabulary[id];
        if (_skipSpecial && _vocabulary.IsSpecial(id) && id != _vocabulary.UnknownIdOrNone) return "";
        _first.Push(piece);
        return _sink.Take();
    }

    /// <summary>What was held back until the end: U+FFFD if the last character's bytes never came, mostly nothing.</summary>
    public string Finish()
    {
        _first.Finish();
        return _sink.Take();
    }
}
