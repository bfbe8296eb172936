using System.Globalization;
using System.Text.Json;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Searches;
using Pellucid.Models.Architectures;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tests.Models.Generation;

namespace Pellucid.Tests.Explain.Searches;

public sealed class SearchRecordTests
{
    private static readonly int[] Source = [5, 3, 4, 2];
    private static readonly LengthPenalty[] Penalties = [new LengthPenalty.None(), new LengthPenalty.Average(), new LengthPenalty.Average(0.4), new LengthPenalty.Gnmt()];
    private static readonly Stopping[] Stoppings = [new Stopping.WhenFull(), new Stopping.WhenSettled(), new Stopping.AtFirst()];

    /// <summary>Searches of every kind: the model and how it is searched.</summary>
    private static IEnumerable<(HashedModel Model, DecodingOptions Options)> Searches()
    {
        for (int i = 0; i < 120; i++)
        {
            int width = 1 + i % 5;
            yield return (new HashedModel((ulong)i, vocabularySize: i % 7 == 0 ? 4 : 11) { EndBias = i % 4 - 1f }, new DecodingOptions
            {
                Search = i % 11 == 0 && width == 1 ? new Search.Greedy() : new Search.Beam(width) { Stopping = Stoppings[i % 3] },
                LengthPenalty = Penalties[i % 4],
                Best = 1 + i % width,
                CoveragePenalty = i % 6 == 0 ? 0.3 : 0,
                MinimumLength = LengthLimit.Absolute(i % 3),
                MaximumLength = LengthLimit.Absolute(7),
                NoRepeatNGram = i % 5 == 0 ? 2 : 0,
            });
        }
    }

    [Fact]
    public void AnObservedSearchFindsWhatAnUnobservedOneFinds()
    {
        foreach (var (model, options) in Searches())
        {
            var expected = Generator.Generate(model, [Source], options)[0];
            var record = Record(model, options);
            Assert.Equal(expected.Count, record.Hypotheses.Count);
            foreach (var (plain, recorded) in expected.Zip(record.Hypotheses))
            {
                Assert.Equal(plain.Tokens, recorded.Tokens);
                Assert.Equal(BitConverter.DoubleToInt64Bits(plain.Score), BitConverter.DoubleToInt64Bits(recorded.Score));
                Assert.Equal(plain.StepLogProbabilities, recorded.StepLogProbabilities);
                Assert.Equal(plain.Cut, recorded.Cut);
            }
        }
    }

    [Fact]
    public void TheTreeReproducesTheScoreOfEveryHypothesisExactly()
    {
        bool covered = false;
        foreach (var (model, options) in Searches())
        {
            var record = Record(model, options);
            foreach (var (id, hypothesis) in record.Best.Zip(record.Hypotheses))
            {
                var path = record.Path(id);
                Assert.Equal(hypothesis.Tokens, path.Skip(1).SkipLast(1).Select(node => node.Token));
                Assert.Equal(hypothesis.StepLogProbabilities, path.Skip(1).Select(node => node.LogProbability));
                double total = 0;
                foreach (var node in path.Skip(1))
                {
                    total += node.LogProbability;
                    Assert.Equal(total, node.Total, 0.0);
                    Assert.Equal(total, node.Score.LogProbability, 0.0);
                }
                var score = path[^1].Score;
                double value = total / options.LengthPenalty.Of(path.Count - 1);
                if (options.CoveragePenalty != 0)
                    value += options.CoveragePenalty * score.LogCoverage;
                Assert.Equal(hypothesis.Score, value, 0.0);
                Assert.Equal(hypothesis.Score, score.Value, 0.0);
                covered |= score.LogCoverage != 0;
                Assert.Equal(options.CoveragePenalty, score.CoverageWeight);
            }
        }
        Assert.True(covered);
    }

    [Fact]
    public void EveryNodeSaysTruthfullyWhatBecameOfIt()
    {
        var seen = new HashSet<string>();
        foreach (var (model, options) in Searches())
        {
            var record = Record(model, options);
            var parents = record.Nodes.Where(node => node.Parent is not null && (node.Row is not null || node.State == NodeState.Finished)).Select(node => node.Parent!.Value).ToHashSet();
            foreach (var node in record.Nodes)
            {
                Assert.Equal(parents.Contains(node.Id), node.State == NodeState.Continued);
                Assert.Equal(node.State == NodeState.Continued, node.Reason is null);
                Assert.Equal(node.Place is { } place ? record.Best[place] : -1, node.Place is null ? -1 : node.Id);
                if (node.Reason is not { } reason)
                    continue;
                seen.Add(reason.Key);
                var by = reason.By is { } id ? record.Nodes[id] : null;
                switch (reason.Key)
                {
                    case "search.died.outranked":
                        Assert.True(reason.Numbers["total"] <= reason.Numbers["bar"]);
                        Assert.Equal(by!.Total, reason.Numbers["bar"]);
                        Assert.NotNull(by.Row);
                        Assert.Equal(by.Step, reason.Numbers["step"]);
                        break;
                    case "search.died.end_beyond_beam":
                        Assert.Equal(2, node.Token);
                        Assert.True(reason.Numbers["rank"] > reason.Numbers["width"]);
                        break;
                    case "search.died.stopped":
                        Assert.Equal(record.Nodes[^1].Step, node.Step);
                        break;
                    case "search.finished.behind":
                        Assert.True(node.Score.Value <= by!.Score.Value);
                        Assert.Equal(options.Best, record.Best.Count);
                        break;
                    case "search.finished.placed":
                        Assert.Equal(node.Place + 1.0, reason.Numbers["place"]);
                        break;
                    case "search.finished.chosen":
                        Assert.Equal(record.Chosen, node.Id);
                        break;
                }
            }
        }
        Assert.Superset(
            new HashSet<string> { "search.died.outranked", "search.died.end_beyond_beam", "search.died.stopped", "search.finished.behind", "search.finished.placed", "search.finished.chosen" }, seen);
    }

    [Fact]
    public void TheSearchSaysWhyItEnded()
    {
        var seen = new HashSet<string>();
        foreach (var (model, options) in Searches())
        {
            var record = Record(model, options);
            seen.Add(record.Stop.Key);
            switch (record.Stop.Key)
            {
                case "search.stop.beam_full":
                    Assert.True(record.Stop.Numbers["finished"] >= record.Stop.Numbers["width"]);
                    Assert.True(record.Stop.Numbers["unfinished"] <= record.Stop.Numbers["bar"]);
                    break;
                case "search.stop.settled":
                    Assert.Equal(record.Hypotheses[^1].Score, record.Stop.Numbers["bar"]);
                    Assert.Equal(record.Stop.Numbers["unfinished_total"] / record.Stop.Numbers["unfinished_penalty"], record.Stop.Numbers["unfinished"]);
                    Assert.True(record.Stop.Numbers["unfinished"] <= record.Stop.Numbers["bar"]);
                    break;
                case "search.stop.best_found":
                    Assert.IsType<Stopping.AtFirst>(((Search.Beam)options.Search).Stopping);
                    break;
                case "search.stop.nothing_left":
                    Assert.DoesNotContain(record.Nodes, node => node.Reason?.Key == "search.died.stopped");
                    break;
            }
        }
        Assert.Equal(["search.stop.beam_full", "search.stop.best_found", "search.stop.ended", "search.stop.nothing_left", "search.stop.settled"], seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void APrefixThatNothingMayFollowSaysSo()
    {
        // Two ordinary tokens make four bigrams: "3 4 3 3" has used all that begin with 3 and may not end before five tokens, "3 3 4 4 3" may.
        var record = Record(new HashedModel(1, vocabularySize: 5), new DecodingOptions
        {
            Search = new Search.Beam(8), NoRepeatNGram = 2, MinimumLength = LengthLimit.Absolute(5), MaximumLength = LengthLimit.Absolute(9),
        });
        var stuck = record.Nodes.Where(node => node.Reason?.Key == "search.died.no_token").ToList();
        Assert.Contains(stuck, node => record.TargetInput(node.Id) is [1, 3, 4, 3, 3]);
        Assert.All(stuck, node => Assert.Equal(4, node.Step));
        Assert.All(record.Hypotheses, hypothesis => Assert.Equal(5, hypothesis.Tokens.Length));
    }

    [Fact]
    public void EveryReasonHasAWordInEveryLanguage()
    {
        foreach (var (model, options) in Searches())
        {
            var record = Record(model, options);
            foreach (var reason in record.Nodes.Select(node => node.Reason).OfType<SearchReason>().Append(record.Stop))
                foreach (var language in Language.All)
                    Assert.DoesNotContain("{", language.Text(reason.Key, reason.Numbers.ToDictionary(number => number.Key, number => (object)number.Value)));
        }
        foreach (string key in (string[])["search.died.no_token", "search.died.only_end_beyond_beam"])
            Assert.All(Language.All, language => Assert.True(language.Has(key)));
    }

    [Fact]
    public void GreedySearchIsAChainWithOneWayOn()
    {
        var record = Record(new HashedModel(3), new DecodingOptions { Search = new Search.Greedy(), MaximumLength = LengthLimit.Absolute(6) });
        for (int step = 1; step < record.Nodes[^1].Step; step++)
            Assert.Single(record.Nodes, node => node.Step == step && node.Row == 0);
        Assert.Equal(record.Hypotheses[0].Tokens, record.Path(record.Chosen).Skip(1).SkipLast(1).Select(node => node.Token));
    }

    [Fact]
    public void ANodeOfTheTreeIsWhatTheWholeModelComputesForItsTokens()
    {
        var config = TransformerConfig.Tutorial with { VocabularySize = 12 };
        var model = Transformer.Create(config, new Rng(5));
        var record = Record(model, new DecodingOptions { Search = new Search.Beam(4), Best = 2, MaximumLength = LengthLimit.Absolute(6) });
        var nodes = record.Nodes.Where(node => node.Row is not null && node.Step > 0).ToList();
        Assert.True(nodes.Count > 10);
        var scored = ForcedScoring.Score(model, [.. nodes.Select(_ => Source)], [.. nodes.Select(node => record.TargetInput(node.Id)[1..])], new DecodingOptions());
        foreach (var (node, hypothesis) in nodes.Zip(scored))
            Assert.Equal(hypothesis.StepLogProbabilities[..^1], record.Path(node.Id).Skip(1).Select(at => at.LogProbability));
        Assert.Equal(record.Hypotheses[0].Tokens, record.TargetInput(record.Chosen)[1..]);
    }

    [Fact]
    public void JsonHoldsTheWholeTree()
    {
        var record = Record(new HashedModel(8), new DecodingOptions { Search = new Search.Beam(3), Best = 2, MaximumLength = LengthLimit.Absolute(6), CoveragePenalty = 0.2 });
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
            SearchJson.Write(writer, record);
        var root = JsonDocument.Parse(bytes.ToArray()).RootElement;
        Assert.Equal(record.Chosen, root.GetProperty("chosen").GetInt32());
        var nodes = root.GetProperty("nodes");
        Assert.Equal(record.Nodes.Count, nodes.GetArrayLength());
        Assert.Equal(JsonValueKind.Null, nodes[0].GetProperty("parent").ValueKind);
        for (int i = 1; i < nodes.GetArrayLength(); i++)
        {
            Assert.InRange(nodes[i].GetProperty("parent").GetInt32(), 0, i - 1);
            Assert.Equal(record.Nodes[i].Total, nodes[i].GetProperty("total").GetDouble());
            Assert.Equal(record.Nodes[i].Score.Value, nodes[i].GetProperty("score").GetProperty("value").GetDouble());
        }
        Assert.StartsWith("search.stop.", root.GetProperty("stop").GetProperty("key").GetString());
    }

    [Theory]
    [InlineData("none", "−3.9128 / 1 = −3.9128")]
    [InlineData("average", "−3.9128 / 4 = −0.9782")]
    [InlineData("half", "−3.9128 / 4^0.5 = −1.9564")]
    [InlineData("gnmt", "−3.9128 / ((5 + 4) / 6)^1 = −2.6085")]
    public void TheArithmeticIsWrittenOut(string penalty, string expected)
    {
        LengthPenalty kind = penalty switch { "none" => new LengthPenalty.None(), "average" => new LengthPenalty.Average(), "half" => new LengthPenalty.Average(0.5), _ => new LengthPenalty.Gnmt(1) };
        Assert.Equal(expected, ScoreText.Of(new HypothesisScore(-3.9128, 4, kind.Of(4)), kind));
    }

    [Fact]
    public void CoverageJoinsTheArithmetic() =>
        Assert.Equal("−2 / 1 + 0.2*(−1.5) = −2.3", ScoreText.Of(new HypothesisScore(-2, 3, 1, 0.2, -1.5), new LengthPenalty.None()));

    [Fact]
    public void SamplesAreNotRankedAndCannotBeRecorded() =>
        Assert.Contains("ranks nothing", Assert.Throws<ArgumentException>(() => Record(new HashedModel(1), new DecodingOptions { Search = new Search.Sample(1) })).Message);

    [Fact]
    public void AForcedBeginningIsPartOfTheTree()
    {
        var record = SearchRecorder.Record(new HashedModel(2), Source, new DecodingOptions { MaximumLength = LengthLimit.Absolute(6) }, Piece, [3, 5]);
        Assert.Equal([3, 5], record.Path(record.Chosen).Skip(1).Take(2).Select(node => node.Token));
        Assert.Single(record.Nodes, node => node.Step == 1);
    }

    private static SearchRecord Record(IDecodable model, DecodingOptions options) => SearchRecorder.Record(model, Source, options, Piece);

    private static string Piece(int token) => "t" + token.ToString(CultureInfo.InvariantCulture);
}
