using Pellucid;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Docs;

public sealed class ReadmeChapter() : Chapter("README.md")
{
    [Fact]
    public void Runs()
    {
        Assert.SkipUnless(File.Exists(Repository.At("models/en-es/model.safetensors")), "models/en-es is not there");
        Environment.CurrentDirectory = Repository.Root; // the snippets name the model as a user in the repository does

        #region 1
        var translator = Translator.Load("models/en-es"); // any model folder, or a run folder
        Console.WriteLine(translator.Translate("You are welcome.").Text); // De nada.

        string[] texts = ["Where is the library?", "I am hungry."];
        foreach (var translation in translator.Translate(texts)) // many at once, answered in order
            Console.WriteLine($"{translation.Source} -> {translation.Text}");

        foreach (string piece in translator.Stream("Good morning.")) // token by token
            Console.Write(piece);
        #endregion
        Assert.StartsWith("De nada.\nWhere is the library? -> ", Ran(1));
    }
}
