using System.Runtime.InteropServices;
using AlexNetCuda.Cli;

using var stop = new CancellationTokenSource();

// The first Ctrl+C ends the work between two steps, so that nothing is left half-written; the second ends the process at once.
void Stop(PosixSignalContext context)
{
    context.Cancel = !stop.IsCancellationRequested;
    if (context.Cancel) stop.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var status = new StatusLine(Console.IsErrorRedirected ? null : Console.Error);
return CliApplication.Run(args, Console.IsOutputRedirected ? Console.Out : status.Before(Console.Out), Console.Error, status, stop.Token);
