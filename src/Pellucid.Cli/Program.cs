using Pellucid.Cli;

using var terminal = Terminal.OfProcess();
using var signals = new Interrupts();
return App.Run(args, terminal, signals.First);
