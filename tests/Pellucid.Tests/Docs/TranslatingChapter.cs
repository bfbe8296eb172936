using Pellucid;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tests.Conventions;
using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Docs;

public sealed class TranslatingChapter() : Chapter("docs/tour/06-translating.md")
{
    [Fact]
    public void Runs()
    {
        Assert.SkipUnless(File.Exists(Repository.At("models/en-es/model.safetensors")), "models/en-es is not there");
        Environment.CurrentDirectory = Repository.Root; // the snippets name the model as a user in the repository does

        #region 1
        var translator = Translator.Load("models/en-es");
        var translation = translator.Translate("Good night.");
        Console.WriteLine(translation.Text);
        #endregion
        Shown(1);

        #region 2
        var options = new TranslateOptions
        {
            Decoding = new DecodingOptions { Search = new Search.Beam(5), Best = 3, LengthPenalty = new LengthPenalty.Average(1), Alignment = true },
        };
        foreach (var candidate in translator.Translate("I am hungry.", options).Candidates)
            Console.WriteLine($"{candidate.Score:0.00} {candidate.Text}");
        #endregion
        Shown(2);

        #region 3
        var part = translator.Translate("Where is the library?", options).Parts[0];
        var best = part.Candidates[0];
        for (int t = 0; t < best.Pieces.Count; t++)
        {
            int s = best.Hypothesis.Alignment!.MostAttended(t);
            Console.WriteLine($"{best.Pieces[t]} <- {(s < part.Source.Pieces.Length ? part.Source.Pieces[s] : "(end)")}");
        }
        #endregion
        Shown(3);

        #region 4
        foreach (string piece in translator.Stream("Good morning."))
            Console.Write(piece + "|");
        #endregion
        Shown(4);

        #region 5
        // How probable does the model find given translations? Natural logarithms.
        var scored = translator.Score(["You are welcome.", "You are welcome."], ["De nada.", "La casa es azul."]);
        Console.WriteLine(scored[0].Hypothesis.LogProbability > scored[1].Hypothesis.LogProbability);
        #endregion
        Shown(5);

        #region 6
        string[] sources = ["You are welcome.", "Where is the library?", "I am hungry."];
        string[] references = ["De nada.", "¿Dónde está la biblioteca?", "Tengo hambre."];
        var translations = translator.Translate(sources).Select(one => one.Text).ToArray();
        Console.WriteLine(new Bleu().Corpus(translations, references).FormatWithSignature());
        #endregion
        Shown(6);

        #region 7
        var small = Translator.Load("models/en-es", Precision.Int8);
        Console.WriteLine(small.Translate("Good night.").Text);
        #endregion
        Shown(7);
    }
}
