using System.Text;
using System.Text.Json;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.TokenizerTrainers;

public sealed class ByteBpeTrainerTests
{
    private static readonly SpecialTokens EndOfText = SpecialTokens.None with { EndOfSentence = "<|endoftext|>" };

    [Fact]
    public void MergesAndVocabularyAreThoseOfTheReference()
    {
        var corpus = File.ReadAllText(SharedFiles.Require("goldens/tokenizers/cs336/corpus.en"));
        var tokenizer = ByteBpeTrainer.Train([corpus], new() { VocabularySize = 500, SpecialTokens = EndOfText });
        var merges = ((ByteBpeModel)tokenizer.Model).Merges.Select(merge => merge.ToString());
        Assert.Equal(File.ReadAllLines(SharedFiles.Require("goldens/tokenizers/cs336/train-bpe-reference-merges.txt")), merges);
        var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(SharedFiles.Require("goldens/tokenizers/cs336/train-bpe-reference-vocab.json")))!;
        Assert.Equal(vocabulary.OrderBy(entry => entry.Value).Select(entry => entry.Key), tokenizer.Vocabulary.Pieces);
    }

    [Fact]
    public void MergesAreThoseOfThePlainAlgorithmAndTiesGoToTheGreaterBytes()
    {
        var random = new Random(6);
        for (var trial = 0; trial < 30; trial++)
        {
            // Characters whose bytes are in another order than their spelling: a space is U+0120.
            var texts = Enumerable.Range(0, 12).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => "a !\u00E9\u00EA"[random.Next(5)]))).ToList();
            var tokenizer = ByteBpeTrainer.Train(texts, new() { VocabularySize = 330, SpecialTokens = SpecialTokens.None, PreTokenizer = new PreTokenizer.Gpt2Words() });
            Assert.Equal(Plain(texts), ((ByteBpeModel)tokenizer.Model).Merges);
        }
    }

    [Fact]
    public void TheOrderOfTheTextsAndTheThreadsDoNotMatter()
    {
        var texts = SomeText.Lines.Concat(SomeText.Random(500, seed: 3)).ToArray();
        var forwards = (ByteBpeModel)ByteBpeTrainer.Train(texts, new() { VocabularySize = 700 }).Model;
        var backwards = (ByteBpeModel)ByteBpeTrainer.Train(texts.Reverse(), new() { VocabularySize = 700 }).Model;
        Assert.Equal(forwards.Merges, backwards.Merges);
        Assert.Equal(forwards.Vocabulary.Pieces, backwards.Vocabulary.Pieces);
        Assert.Equal(["<pad>", "<s>", "</s>", "<unk>", "!"], forwards.Vocabulary.Pieces.Take(5));
    }

    [Fact]
    public void NoPieceIsLongerThanAllowedOrSpelledAsASpecialToken()
    {
        var tokenizer = ByteBpeTrainer.Train(Enumerable.Repeat("</s></s></s> abcdefghijklmnop", 9), new() { VocabularySize = 400, MaximumPieceLength = 5, PreTokenizer = new PreTokenizer.Sequence([]) });
        Assert.Equal(5, tokenizer.Vocabulary.Pieces.Max(piece => piece!.Length));
        Assert.DoesNotContain(tokenizer.EndOfSentenceId, tokenizer.EncodeToIds("</s>", new EncodeOptions { ReadSpecialTokens = false }));
        Assert.Equal([tokenizer.EndOfSentenceId], tokenizer.EncodeToIds("</s>")); // read out of a text, as GPT-2 does
    }

    [Fact]
    public void ProgressEndsAtThePiecesThatThereAre()
    {
        var reports = new List<TokenizerTrainingProgress>();
        var tokenizer = ByteBpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 340 }, new Reports(reports));
        Assert.Equal(new(SomeText.Lines.Length, tokenizer.VocabularySize, 340), reports[^1]);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => ByteBpeTrainer.Train(Enumerable.Repeat("some text", 10_000), null, null, stop.Token));
    }

    [Fact]
    public void WhatCannotBeTrainedIsSaid()
    {
        Assert.Throws<TokenizerException>(() => ByteBpeTrainer.Train([]));
        Assert.Throws<TokenizerException>(() => ByteBpeTrainer.Train(["a"], new() { VocabularySize = 200 }));
        Assert.Throws<TokenizerException>(() => ByteBpeTrainer.Train(["a"], new() { PreTokenizer = new PreTokenizer.WhitespaceSplit() }));
        Assert.Throws<TokenizerException>(() => ByteBpeTrainer.Train(["a"], new() { MaximumPieceLength = 0 }));
    }

    private sealed class Reports(List<TokenizerTrainingProgress> list) : IProgress<TokenizerTrainingProgress>
    {
        public void Report(TokenizerTrainingProgress value) => list.Add(value);
    }

    /// <summary>Everything counted anew at every step, in bytes.</summary>
    private static List<MergePair> Plain(List<string> texts)
    {
        var words = new List<List<byte[]>>();
        foreach (var text in texts)
            for (var at = 0; at < text.Length;)
            {
                var length = new PreTokenizer.Gpt2Words().WordLength(text.AsSpan(at));
                words.Add([.. Encoding.UTF8.GetBytes(text.Substring(at, length)).Select(value => (byte[])[value])]);
                at += length;
            }
        var merges = new List<MergePair>();
        while (merges.Select(merge => merge.Left + merge.Right).Distinct().Count() < 330 - 256)
        {
            var counts = new Dictionary<(string Left, string Right), int>(); // hexadecimal: its order is that of the bytes
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    var key = (Convert.ToHexString(word[i]), Convert.ToHexString(word[i + 1]));
                    counts[key] = counts.GetValueOrDefault(key) + 1;
                }
            if (counts.Count == 0) return merges;
            var best = counts.OrderByDescending(pair => pair.Value)
                .ThenByDescending(pair => pair.Key.Left, StringComparer.Ordinal).ThenByDescending(pair => pair.Key.Right, StringComparer.Ordinal).First();
            if (best.Value < 2) return merges;
            var (left, right) = (Convert.FromHexString(best.Key.Left), Convert.FromHexString(best.Key.Right));
            merges.Add(new(ByteAlphabet.Spell(left), ByteAlphabet.Spell(right)));
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if (!word[i].AsSpan().SequenceEqual(left) || !word[i + 1].AsSpan().SequenceEqual(right)) continue;
                    word[i] = [.. left, .. right];
                    word.RemoveAt(i + 1);
                }
        }
        return merges;
    }
}
