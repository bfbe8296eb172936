using System.Diagnostics;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

/// <summary>SentencePiece's own programs, where they are installed.</summary>
internal static class Spm
{
    /// <summary>Skips the test where one of them is absent.</summary>
    public static void Require()
    {
        foreach (var name in (string[])["spm_train", "spm_encode", "spm_decode"])
        {
            var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));
            if (!found) Assert.Skip($"{name} is not installed");
        }
    }

    /// <summary>Trains a model on a file and gives its path.</summary>
    public static string Train(string input, string prefix, params string[] options)
    {
        Run("spm_train", [$"--input={input}", $"--model_prefix={prefix}", "--minloglevel=2", .. options]);
        return prefix + ".model";
    }

    /// <summary>The ids of each line of a file.</summary>
    public static string[] EncodeToIds(string model, string input) => Lines("spm_encode", model, input, "--output_format=id");

    /// <summary>A program's output, line by line.</summary>
    public static string[] Lines(string program, string model, string input, params string[] options)
    {
        var output = input + "." + program + ".out";
        Run(program, [$"--model={model}", $"--input={input}", $"--output={output}", .. options]);
        return File.ReadAllText(output).Split('\n')[..^1];
    }

    private static void Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors.Result}");
    }
}
