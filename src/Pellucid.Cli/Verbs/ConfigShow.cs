using Pellucid.Cli.Flags;
using Pellucid.Training.Configuration;

namespace Pellucid.Cli.Verbs;

internal sealed class ConfigShow : Verb
{
    private readonly Flag<string> _format;
    private readonly TrainFlags _settings;

    public ConfigShow()
    {
        _format = Flags.Add(Make.Choice("--format", "FORMAT", "json can be given to train --config; text explains every setting", ["json", "text"]));
        _settings = new(Flags);
    }

    public override string Description => "Writes every setting that train would use, with all defaults, for the same flags that train takes. A run folder's config.json is shown with --config runs/x/config.json.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid config show --preset base", "all settings of a preset"),
        new("pellucid config show --preset small --set model.dropout=0.3 > my.json", "a file for train --config"),
        new("pellucid config show --format text", "what every setting means"),
    ];

    public override int Run(Call call)
    {
        var config = _settings.Config(call);
        config.Model.Validate();
        if (call.Get(_format) == "json")
        {
            call.Terminal.Output.WriteLine(new TrainConfigFile(config, null, []).ToJson().TrimEnd());
            return ExitCode.Done;
        }
        var options = TrainSchema.Schema.Options.Where(option => !option.ComesFirst).ToList();
        var width = options.Max(option => option.Key.Length);
        foreach (var option in options)
            call.Terminal.Output.WriteLine($"{option.Key.PadRight(width)}  {option.Text(config),-14}  {option.Description} ({option.Type})");
        return ExitCode.Done;
    }
}
