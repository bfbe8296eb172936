using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.Tokenizers;

public abstract partial record PreTokenizer
{
    /// <summary>
    /// The words that GPT-2 cuts a text into (Radford et al. 2019): <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
    /// Letters and numbers outside the BMP are what Unicode says they are.
    /// </summary>
    public sealed record Gpt2Words : Scanner
    {
        internal override int WordLength(ReadOnlySpan<char> text) => Gpt2Pattern.WordLength(text);
    }

    /// <summary>
    /// The words of tiktoken's cl100k_base: <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
    /// </summary>
    /// <param name="MostDigits">How many digits a word has at most: <c>\p{N}{1,3}</c>. Qwen2's pattern is the same with one.</param>
    public sealed record Cl100kWords(int MostDigits = 3) : Scanner
    {
        internal override int WordLength(ReadOnlySpan<char> text) => Cl100kPattern.WordLength(text, MostDigits);
    }

    /// <summary>
    /// Hugging Face's ByteLevel: <see cref="Gpt2Words"/> within each word so far, and before that a space in front of each if asked for.
    /// The spelling of bytes as characters is the model's (<see cref="ByteBpeModel"/>) and the decoder's.
    /// </summary>
    /// <param name="AddPrefixSpace">Whether a word so far that does not begin with a space gets one.</param>
    /// <param name="UsePattern">Whether GPT-2's pattern cuts; otherwise the words stay.</param>
    public sealed record ByteLevel(bool AddPrefixSpace = false, bool UsePattern = true) : PreTokenizer
    {
        private static readonly Gpt2Words Pattern = new();

        internal override void Cut(PreTokenization work)
        {
            if (AddPrefixSpace) Prefix(work);
            if (UsePattern) Pattern.Cut(work);
        }

        private static void Prefix(PreTokenization work)
        {
            var text = work.Text.Text;
            if (work.Words is [{ Start: 0 } only] && only.Length == text.Length)
            {
                if (text[0] == ' ') return;
                work.Text = work.Text.Prepend(' ');
                work.Words = [new(0, text.Length + 1)];
                return;
            }
            var builder = new NormalizedText.Builder(work.Text);
            var words = new List<TextSpan>(work.Words.Count);
            foreach (var word in work.Words)
            {
                var start = builder.Length;
                if (text[word.Start] != ' ') builder.Append(" ", word.Start, word.Start);
                for (var at = word.Start; at < word.End; at++) builder.Append(text.AsSpan(at, 1), at, at + 1);
                words.Add(TextSpan.Between(start, builder.Length));
            }
            work.Text = builder.Build();
            work.Words = words;
        }
    }
}
