using System.Text;
using Pellucid.Text.Corpora;

namespace Pellucid.Text.Tokenizers.SubwordNmt;

/// <summary>The codes file of subword-nmt, version 0.2.</summary>
internal static class SubwordNmtFile
{
    private const string Header = "#version: 0.2";

    public static SubwordNmtBpe Read(string path, string joiner)
    {
        using var reader = new LineReader(path);
        var header = reader.ReadLine();
        if (header != Header)
            throw new TokenizerException($"the first line must be '{Header}', and is '{header}'; codes of version 0.1 must be learned again", path, 1);
        var merges = new List<MergePair>();
        var seen = new HashSet<MergePair>();
        while (reader.ReadLine() is { } line)
        {
            var parts = line.TrimEnd(' ').Split(' ');
            if (parts.Length != 2 || parts.Any(string.IsNullOrEmpty))
                throw new TokenizerException("a merge is two pieces with one space between", path, reader.LineNumber);
            var merge = new MergePair(parts[0], parts[1]);
            if (!seen.Add(merge)) throw new TokenizerException($"the merge '{merge}' occurs twice", path, reader.LineNumber);
            merges.Add(merge);
        }
        return new(merges, joiner);
    }

    public static void Write(SubwordNmtBpe bpe, string path)
    {
        try
        {
            AtomicFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
                writer.WriteLine(Header);
                foreach (var merge in bpe.Merges) writer.WriteLine(merge.ToString());
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException("the codes cannot be written: " + error.Message, path, null, error);
        }
    }
}
