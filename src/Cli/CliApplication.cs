using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using AlexNetCuda.Cuda;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cli;

/// <summary>What a command works with.</summary>
/// <param name="Output">Takes results.</param>
/// <param name="Error">Takes messages.</param>
/// <param name="Status">Shows how far long work is, on a terminal.</param>
/// <param name="Cancellation">Ends the work.</param>
internal sealed record CommandContext(TextWriter Output, TextWriter Error, StatusLine Status, CancellationToken Cancellation);

/// <summary>The command <c>alexnet</c>: its verbs, and what errors become.</summary>
internal static class CliApplication
{
    /// <summary>The command did what it was asked.</summary>
    public const int Success = 0;

    /// <summary>It could not, or a check failed.</summary>
    public const int Failure = 1;

    /// <summary>What it was asked makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>It was interrupted.</summary>
    public const int Interrupted = 130;

    private const int MostNotices = 20;

    /// <summary>The version of this command, without the commit's hash.</summary>
    public static string Version { get; } =
        typeof(CliApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs a command line; returns the exit code. Every error is one line.</summary>
    public static int Run(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, StatusLine? status = null, CancellationToken cancellation = default)
    {
        var context = new CommandContext(output, error, status ?? new StatusLine(null), cancellation);
        ParseResult parse = Root(context).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Action is ParseErrorAction)
        {
            string messages = string.Join(" ", parse.Errors.Select(e => e.Message).Distinct());
            return Fail(context, $"{messages} See '{Path(parse.CommandResult)} --help'.", Usage);
        }

        try
        {
            // Exceptions come to us, and so do signals.
            return parse.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (OperationCanceledException)
        {
            return Fail(context, "interrupted.", Interrupted);
        }
        catch (UsageException e)
        {
            return Fail(context, e.Message, Usage);
        }
        catch (Exception e) when (e is CommandException or IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException
            or NotSupportedException or OutOfMemoryException or ShapeException or DeviceOutOfMemoryException or DeviceUnavailableException or CudaOperationException
            or Interop.Owners.CudaException or Interop.Nvrtc.NvrtcException or IO.PictureException or IO.WeightFileException or IO.OnnxException or IO.TurboJpegNotFoundException)
        {
            return Fail(context, e.Message, Failure);
        }
        catch (Exception e)
        {
            return Fail(context, $"internal error, {e.GetType().Name}: {e.Message}", Failure);
        }
    }

    private static RootCommand Root(CommandContext context)
    {
        var root = new RootCommand("""
            Runs, times and checks AlexNet, its family and VGG, forward and backward.
            Exit codes: 0 done; 1 failed, or a check did not pass; 2 the command line makes no sense; 130 interrupted.
            """)
        {
            NetworksCommand.Create(context),
            SummaryCommand.Create(context),
            TimeCommand.Create(context),
            TrainCommand.Create(context),
            EvaluateCommand.Create(context),
            ClassifyCommand.Create(context),
            ReportCommand.Create(context),
            VerifyCommand.Create(context),
            PackCommand.Create(context),
            KernelsCommand.Create(context),
            DoctorCommand.Create(context),
            SelfTestCommand.Create(context),
            ConvertCommand.Create(context),
        };
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion();
        return root;
    }

    /// <summary>Says what a simulated device noticed while it ran; then the command has failed, whatever came of it.</summary>
    public static int Finish(CommandContext context, ChosenDevice device, int code)
    {
        foreach (string one in device.Noticed.Take(MostNotices)) context.Error.WriteLine("alexnet: the simulator noticed: " + one);
        if (device.Noticed.Count == 0) return code;
        return Fail(context, $"the simulator noticed {device.Noticed.Count} faults: the figures above are not to be trusted.", Failure);
    }

    private static int Fail(CommandContext context, string message, int code)
    {
        context.Status.Clear();
        context.Error.WriteLine("alexnet: " + string.Join(" ", message.Split('\n', '\r').Select(l => l.Trim()).Where(l => l.Length > 0)));
        return code;
    }

    private static string Path(System.CommandLine.Parsing.CommandResult result) =>
        result.Command is RootCommand ? "alexnet" : "alexnet " + result.Command.Name;

    /// <summary>Shows the version of this command, also where another program hosts it.</summary>
    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(Version);
            return Success;
        }
    }
}
