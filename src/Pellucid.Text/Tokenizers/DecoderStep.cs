using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// One step on the way back, for one stream: pieces in, pieces out, each as soon as it is certain. What the last step hands on
/// is text. For one caller.
/// </summary>
internal abstract class DecoderStep(DecoderStep? next)
{
    public abstract void Push(string piece);

    /// <summary>No piece follows: hands on what was held back, and tells the next step.</summary>
    public virtual void Finish() => next?.Finish();

    protected void Emit(string piece) => next!.Push(piece);

    /// <summary>The end of the chain: collects the text.</summary>
    public sealed class Sink() : DecoderStep(null)
    {
        private readonly StringBuilder _text = new();

        public override void Push(string piece) => _text.Append(piece);

        /// <summary>The text since the last call.</summary>
        public string Take()
        {
            var text = _text.ToString();
            _text.Clear();
            return text;
        }
    }
}
