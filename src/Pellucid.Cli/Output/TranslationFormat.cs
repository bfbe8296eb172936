using System.Globalization;
using System.Text;
using System.Text.Json;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Output;
using Pellucid.Cli.Verbs;
using Pellucid.Explain.Exports;
using Pellucid.Models.Generation;

namespace Pellucid.Cli.Output;

/// <summary>How translations are written: plain lines, n-best lists as Moses and Marian write them, or JSON lines.</summary>
internal sealed class TranslationFormat
{
    private readonly Flag<string> _format;
    private readonly Flag<bool> _scores;
    private readonly Flag<bool> _alignment;

    public TranslationFormat(FlagList list)
    {
        _format = list.Add(Make.Choice("--format", "FORMAT", "text, or a JSON object for each line", ["text", "json"], "--output-format"));
        _scores = list.Add(Make.Switch("--scores", "text: the score and a tab before each translation", "--print-scores"));
        _alignment = list.Add(Make.Switch("--alignment", "for each token of the translation the source token it looked at most: i-j pairs after the text", "--print-alignment"));
    }

    public bool WantsAlignment(Call call) => call.Get(_alignment);

    /// <exception cref="UsageException">A stream cannot be written this way.</exception>
    public void Check(Call call, bool isStreamed)
    {
        var isPlain = call.Get(_format) == "text" && !call.Get(_scores) && !call.Get(_alignment);
        if (isStreamed && !isPlain) throw new UsageException("--stream writes plain text; leave out --format json, --scores and --alignment");
    }

    /// <param name="number">The line's number, from 0, as n-best lists count.</param>
    /// <param name="isList">n-best lists rather than one translation a line.</param>
    public void Write(Call call, Translation translation, long number, bool isList, TextWriter output)
    {
        if (call.Get(_format) == "json") output.WriteLine(Json(translation, number, call.Get(_alignment)));
        else if (isList) WriteBest(call, translation, number, output);
        else if (call.Get(_scores)) output.WriteLine($"{Score(translation.Score)}\t{Line(translation, 0, call)}");
        else output.WriteLine(Line(translation, 0, call));
    }

    // LINE ||| TEXT ||| SCORE, lines counted from 0
    private void WriteBest(Call call, Translation translation, long number, TextWriter output)
    {
        for (var i = 0; i < translation.Candidates.Count; i++)
            output.WriteLine(FormattableString.Invariant($"{number} ||| {Line(translation, i, call)} ||| {Score(translation.Candidates[i].Score)}"));
    }

    // What a line cannot hold (a line break that a model spelled in bytes) becomes a space: one line in, one line out.
    private string Line(Translation translation, int candidate, Call call)
    {
        var text = translation.Candidates[candidate].Text.ReplaceLineEndings(" ");
        return call.Get(_alignment) ? $"{text} ||| {Pairs(translation, candidate)}" : text;
    }

    private static string Score(double score) => score.ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>"0-0 1-2": source token, target token; the tokens of several parts are counted on. Only for candidates whose parts are known.</summary>
    private static string Pairs(Translation translation, int candidate)
    {
        if (candidate > 0 && translation.Parts.Count > 1) return "";
        var pairs = new StringBuilder();
        var (source, target) = (0, 0);
        foreach (var part in translation.Parts)
        {
            var hypothesis = part.Candidates[candidate].Hypothesis;
            if (hypothesis.Alignment is { } alignment) Append(pairs, alignment, hypothesis.Tokens.Length, source, target);
            (source, target) = (source + part.Source.Ids.Length, target + hypothesis.Tokens.Length);
        }
        return pairs.ToString();
    }

    private static void Append(StringBuilder pairs, Alignment alignment, int length, int source, int target)
    {
        for (var i = 0; i < length; i++)
        {
            if (pairs.Length > 0) pairs.Append(' ');
            pairs.Append(CultureInfo.InvariantCulture, $"{source + alignment.MostAttended(i)}-{target + i}");
        }
    }

    private static string Json(Translation translation, long number, bool alignment) => JsonLine.Write(json =>
    {
        json.WriteNumber("line", number + 1);
        json.WriteString("source", translation.Source);
        TranslationJson.WriteCandidates(json, translation);
        json.WriteStartArray("parts");
        foreach (var part in translation.Parts) WritePart(json, part, alignment);
        json.WriteEndArray();
    });

    private static void WritePart(Utf8JsonWriter json, TranslatedPart part, bool alignment)
    {
        json.WriteStartObject();
        WritePieces(json, "source_pieces", part.Source.Pieces);
        json.WriteStartArray("candidates");
        foreach (var target in part.Candidates)
        {
            json.WriteStartObject();
            WritePieces(json, "pieces", target.Pieces);
            json.WriteNumber("score", target.Hypothesis.Score);
            json.WriteStartArray("log_probabilities");
            foreach (var step in target.Hypothesis.StepLogProbabilities) json.WriteNumberValue(step);
            json.WriteEndArray();
            if (alignment && target.Hypothesis.Alignment is { } weights)
            {
                json.WriteStartArray("alignment");
                for (var i = 0; i < weights.TargetLength; i++)
                {
                    json.WriteStartArray();
                    foreach (var weight in weights[i]) json.WriteNumberValue(weight);
                    json.WriteEndArray();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePieces(Utf8JsonWriter json, string name, IReadOnlyList<string> pieces)
    {
        json.WriteStartArray(name);
        foreach (var piece in pieces) json.WriteStringValue(piece);
        json.WriteEndArray();
    }
}
