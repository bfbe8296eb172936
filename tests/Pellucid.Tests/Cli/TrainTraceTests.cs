using System.Text.Json;
using Pellucid.Tests.Models.Checkpoints;

namespace Pellucid.Tests.Cli;

/// <summary>train --trace-file: a real step in a file, and the run as if nobody had looked.</summary>
public sealed class TrainTraceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] common;

    public TrainTraceTests()
    {
        string data = string.Concat(Enumerable.Range(0, 40).Select(i => $"{i % 10} {string.Join(' ', Enumerable.Repeat(i / 10, 1 + i % 4))}\t{i / 10} {i % 10}\n"));
        File.WriteAllText(folder.File("train.tsv"), data);
        common = ["train", "--train", folder.File("train.tsv"), "--preset", "tutorial", "--vocab", "300", "--batch-tokens", "64", "--set", "model.dropout=0.3", "--set", "model.attention_dropout=0.2",
            "--set", "model.activation_dropout=0.1", "--log-every", "1"];
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ATracedRunLeavesTheSameWeightsAlsoAfterAResume()
    {
        Assert.Equal(0, Train("plain", "--max-steps", "4").Code);
        Assert.Equal(0, Train("traced", "--max-steps", "2", "--trace-file", folder.File("a.trace")).Code);
        var resumed = CommandLine.Run("train", "--resume", "--output", folder.File("traced"), "--max-steps", "4", "--trace-step", "4", "--trace-file", folder.File("b.trace"));
        Assert.Equal(0, resumed.Code);
        Assert.Matches(@"trace of step 4: \d+ sentences, up to \d+ source and \d+ target tokens; (\d+) tensors, \1 captured, [\d,]+ bytes, to ", resumed.Error);
        Assert.True(resumed.Error.IndexOf("trace of step 4", StringComparison.Ordinal) > resumed.Error.IndexOf("step 3/4", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(folder.File("plain/model.safetensors")), File.ReadAllBytes(folder.File("traced/model.safetensors")));

        foreach (string file in new[] { "a.trace", "b.trace" })
        {
            var verified = CommandLine.Run("verify", "--trace-file", folder.File(file), "--format", "json");
            Assert.Equal(0, verified.Code);
            Assert.InRange(JsonDocument.Parse(verified.Output).RootElement.GetProperty("max_relative_error").GetDouble(), 1e-9, 1e-5);
        }
        Assert.Equal(1, CommandLine.Run("trace", "diff", folder.File("a.trace"), folder.File("b.trace")).Code);
        Assert.Equal(0, CommandLine.Run("trace", "diff", folder.File("b.trace"), folder.File("b.trace")).Code);
        var info = CommandLine.Run("trace", "info", folder.File("a.trace"));
        Assert.Matches(@"trace of a training step.*\n  a batch of \d+ sentences\n  row 0, sentence \d+: text: \d", info.Output);
        Assert.Contains(info.Lines, line => line.Contains("encoder.embedding.sum_kept") && line.Contains("drawn"));
        var json = JsonDocument.Parse(CommandLine.Run("trace", "info", folder.File("a.trace"), "--format", "json").Output).RootElement;
        Assert.True(json.GetProperty("rows").GetArrayLength() > 1);
    }

    [Fact]
    public void OnlyWhatThePatternNamesIsKept()
    {
        var outcome = Train("run", "--max-steps", "1", "--trace", "gradient:output.logits,loss.mean", "--trace-file", folder.File("part.trace"));
        Assert.Contains(" 2 captured, ", outcome.Error);
        Assert.Contains("gradient:output.logits", CommandLine.Run("trace", "info", folder.File("part.trace")).Output);
    }

    [Fact]
    public void ATraceMayLieInTheRunsOwnFolder()
    {
        string[] small = [.. common.Select(word => word == "64" ? "9" : word)]; // tokens of a batch: one sentence
        var outcome = CommandLine.Run([.. small, "--output", folder.File("own"), "--max-steps", "1", "--trace-file", folder.File("own/step.trace")]);
        Assert.Equal(0, outcome.Code);
        Assert.Contains("trace of step 1: 1 sentence, up to", outcome.Error);
        Assert.Contains("completed 1 step;", outcome.Error);
        Assert.Equal(0, CommandLine.Run("verify", "--trace-file", folder.File("own/step.trace")).Code);
    }

    [Fact]
    public void WhatCannotBeTracedIsSaidBeforeTrainingStarts()
    {
        string file = folder.File("step.trace");
        Assert.Contains("r_drop", Train("a", "--max-steps", "1", "--set", "training.r_drop=1", "--trace-file", file).Failure(1));
        Assert.Contains("accumulate", Train("a", "--max-steps", "1", "--set", "training.accumulate=2", "--trace-file", file).Failure(1));
        Assert.Contains("matches no tensor", Train("a", "--max-steps", "1", "--trace", "gradient:nowhere", "--trace-file", file).Failure(2));
        Assert.Contains("--trace-file FILE", Train("a", "--max-steps", "1", "--trace", "**").Failure(2));
        Assert.Contains("--trace-file FILE", Train("a", "--max-steps", "1", "--trace-step", "1").Failure(2));
        Assert.Contains("whole number", Train("a", "--max-steps", "1", "--trace-step", "0", "--trace-file", file).Failure(2));
        Assert.Contains("empty segment", Train("a", "--max-steps", "1", "--trace", "a..b", "--trace-file", file).Failure(2));
        Assert.Contains("does not exist", Train("a", "--max-steps", "1", "--trace-step", "1", "--trace-file", folder.File("nowhere/step.trace")).Failure(2));
        Assert.Contains("is a folder", Train("a", "--max-steps", "1", "--trace-file", Path.GetTempPath()).Failure(2));
        Assert.False(File.Exists(file));
        Assert.False(File.Exists(folder.File("a/model.safetensors")));
    }

    [Fact]
    public void AStepThatIsNeverMadeIsSaid()
    {
        string file = folder.File("step.trace");
        Assert.Contains("step 9 was not reached", Train("a", "--max-steps", "2", "--trace-step", "9", "--trace-file", file).Failure(1));
        Assert.True(File.Exists(folder.File("a/model.safetensors"))); // the run itself is whole
        Assert.Contains("made already", CommandLine.Run("train", "--resume", "--output", folder.File("a"), "--max-steps", "3", "--trace-step", "1", "--trace-file", file).Failure(1));
        Assert.Contains("could not be written", CommandLine.Run("train", "--resume", "--output", folder.File("a"), "--max-steps", "3", "--trace-file", folder.File(new string('x', 300))).Failure(1));
        Assert.Contains("no step was traced", CommandLine.Run("train", "--resume", "--output", folder.File("a"), "--max-steps", "3", "--trace-file", file).Failure(1));
        Assert.False(File.Exists(file));
    }

    private Outcome Train(string run, params string[] more) => CommandLine.Run([.. common, "--output", folder.File(run), .. more]);
}
