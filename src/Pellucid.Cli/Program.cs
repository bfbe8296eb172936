using Pellucid.Cli;

using var terminal = Terminal.OfProcess();
using var signals = new Interrupts();
return App.Run(args, terminal, signals.First);

// The web framework's generator would make the program public otherwise.
internal partial class Program;
