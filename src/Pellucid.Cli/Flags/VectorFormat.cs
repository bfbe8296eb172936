using System.CommandLine;
using Pellucid.Cli.Verbs;

namespace Pellucid.Cli.Flags;

/// <summary>Which of word2vec's two files is written.</summary>
internal static class VectorFormat
{
    public static Flag<string?> Flag() => new("--binary", "[0|1]", "1 writes a binary file, 0 text", ["-binary"])
    {
        DefaultText = "1 where the name ends in .bin",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result =>
        {
            if (result.Tokens.Count == 0) return "1";
            if (result.Tokens[^1].Value is "0" or "1") return result.Tokens[^1].Value;
            result.AddError($"--binary: '{result.Tokens[^1].Value}' is neither 0 nor 1");
            return null;
        },
    };

    public static bool IsBinary(Call call, Flag<string?> flag, string output) =>
        call.Has(flag) ? call.Get(flag) == "1" : output.EndsWith(".bin", StringComparison.OrdinalIgnoreCase);
}
