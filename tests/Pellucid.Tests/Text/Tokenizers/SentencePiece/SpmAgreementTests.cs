using System.Globalization;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

/// <summary>Models that SentencePiece's own spm_train made, read here: spm_encode's ids and spm_decode's text.</summary>
public sealed class SpmAgreementTests
{
    [Theory]
    [InlineData("tatoeba-en-es", 0, "unigram")]
    [InlineData("tatoeba-en-es", 1, "unigram")]
    [InlineData("tatoeba-en-zh", 1, "unigram")]
    [InlineData("tatoeba-en-es", 0, "bpe")]
    [InlineData("tatoeba-en-es", 1, "bpe")]
    [InlineData("tatoeba-en-zh", 1, "bpe")]
    public void TenThousandLinesHaveTheIdsOfSpmEncode(string corpus, int column, string type)
    {
        Spm.Require();
        var lines = File.ReadLines(SharedFiles.Require($"corpora/{corpus}/train.tsv")).Take(10_000).Select(line => line.Split('\t')[column]).ToArray();
        Agree(lines, [], $"--model_type={type}", "--vocab_size=4000");
    }

    [Theory]
    [InlineData("--model_type=unigram", "--byte_fallback")]
    [InlineData("--model_type=bpe", "--byte_fallback")]
    [InlineData("--model_type=unigram", "--user_defined_symbols=the,<b>,niñ,▁lib,中文字", "--control_symbols=<2en>")]
    [InlineData("--model_type=bpe", "--user_defined_symbols=the,<b>,niñ,▁lib,中文字", "--control_symbols=<2en>")]
    [InlineData("--model_type=unigram", "--treat_whitespace_as_suffix")]
    [InlineData("--model_type=bpe", "--treat_whitespace_as_suffix")]
    [InlineData("--model_type=unigram", "--split_by_whitespace=false", "--normalization_rule_name=identity")]
    [InlineData("--model_type=unigram", "--remove_extra_whitespaces=false")]
    [InlineData("--model_type=bpe", "--remove_extra_whitespaces=false", "--add_dummy_prefix=false")]
    [InlineData("--model_type=unigram", "--add_dummy_prefix=false", "--normalization_rule_name=nfkc_cf")]
    [InlineData("--model_type=char")]
    public void EveryOptionHasTheIdsOfSpmEncode(params string[] options)
    {
        Spm.Require();
        // The programs work on lines: no line break may be part of a text.
        var odd = SomeText.Random(2000, seed: 7).Select(text => text.ReplaceLineEndings("").Replace('\0', 'x')).Select(text => new string([.. text.Where(c => c is not ('\n' or '\r' or '\v' or '\f'))]));
        Agree([.. Enumerable.Repeat(SomeText.Lines, 8).SelectMany(lines => lines)], [.. odd], [.. options, "--vocab_size=400", "--hard_vocab_limit=false"]);
    }

    [Theory]
    [InlineData("unigram")]
    [InlineData("bpe")]
    public void RandomBytesHaveTheTextOfSpmDecode(string type)
    {
        Spm.Require();
        using var folder = new TemporaryFolder();
        var input = folder.File("training.txt", string.Join('\n', SomeText.Lines) + "\n");
        var model = Spm.Train(input, folder.File("model"), $"--model_type={type}", "--byte_fallback", "--vocab_size=400", "--hard_vocab_limit=false");
        var tokenizer = SentencePieceFile.Read(model);
        var random = new Random(13);
        byte[] likely = [0xC3, 0xE0, 0xE2, 0xE5, 0xED, 0xEF, 0xF0, 0xF4, 0x80, 0x81, 0x8F, 0x90, 0x96, 0x9F, 0xA0, 0xBF, (byte)'a'];
        var lines = Enumerable.Range(0, 5000).Select(_ => Enumerable.Range(0, random.Next(1, 16)).Select(_ => random.Next(4) switch
        {
            0 => random.Next(3, tokenizer.VocabularySize),
            1 => Byte((byte)random.Next(256)),
            _ => Byte(likely[random.Next(likely.Length)]),
        }).Where(id => id != Byte((byte)'\n')).Prepend(Byte((byte)'x')).ToArray()).ToArray(); // the program works on lines
        var ids = folder.File("ids.txt", string.Join('\n', lines.Select(Join)) + "\n");
        var decoded = Spm.Lines("spm_decode", model, ids, "--input_format=id");
        Assert.Equal(lines.Length, decoded.Length);
        for (var i = 0; i < lines.Length; i++) RandomPipeline.CheckStream(tokenizer, lines[i], decoded[i]);

        int Byte(byte value) => tokenizer.Vocabulary.IdOf(FormattableString.Invariant($"<0x{value:X2}>"));
    }

    private static void Agree(string[] training, string[] more, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var input = folder.File("training.txt");
        File.WriteAllText(input, string.Join('\n', training) + "\n");
        var model = Spm.Train(input, folder.File("model"), options);
        var tokenizer = SentencePieceFile.Read(model);

        string[] lines = [.. training, .. more];
        var texts = folder.File("texts.txt");
        File.WriteAllText(texts, string.Join('\n', lines) + "\n");
        var expected = Spm.EncodeToIds(model, texts);
        Assert.Equal(lines.Length, expected.Length);
        for (var i = 0; i < lines.Length; i++) Assert.Equal((lines[i], expected[i]), (lines[i], Join(tokenizer.EncodeToIds(lines[i]))));

        var ids = folder.File("ids.txt");
        File.WriteAllLines(ids, expected);
        var decoded = Spm.Lines("spm_decode", model, ids, "--input_format=id");
        for (var i = 0; i < lines.Length; i++) Assert.Equal((lines[i], decoded[i]), (lines[i], tokenizer.Decode(Split(expected[i]))));

        var copy = folder.File("copy.model");
        SentencePieceFile.Write(tokenizer, copy);
        Assert.Equal(expected, Spm.EncodeToIds(copy, texts));
    }

    private static string Join(int[] ids) => string.Join(' ', ids.Select(id => id.ToString(CultureInfo.InvariantCulture)));

    private static int[] Split(string ids) => [.. ids.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
}
