using System.CommandLine;
using System.Globalization;
using AlexNetCuda.Cuda.Diagnostics;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.KernelTools.SelfTesting;
using AlexNetCuda.Simulator;

namespace AlexNetCuda.Cli;

/// <summary>What <c>alexnet selftest</c> was asked.</summary>
/// <param name="Simulated">Whether it checks the simulated CUDA.</param>
/// <param name="Ordinal">Which GPU.</param>
/// <param name="Filter">What the checks' names contain; null: all.</param>
/// <param name="Json">Whether the report is JSON.</param>
/// <param name="Output">The file that takes the report; null: standard output.</param>
internal sealed record SelfTestRequest(bool Simulated, int Ordinal, string? Filter, bool Json, string? Output);

/// <summary><c>alexnet selftest</c>: everything the CUDA device does, piece by piece, against computations that are not the GPU's.</summary>
internal static class SelfTestCommand
{
    private const string Cuda = "cuda", Simulated = "sim";

    public static Command Create(CommandContext context)
    {
        var device = new Option<string>("--device")
        {
            Description = $"'{Cuda}' or '{Cuda}:N' is the machine's GPU (the N-th, from 0), '{Simulated}' the simulated one.",
            HelpName = "NAME",
            DefaultValueFactory = _ => Cuda,
        };
        device.Validators.Add(result =>
        {
            string name = result.Tokens.Count == 1 ? result.Tokens[0].Value : Cuda;
            if (name != Simulated && OrdinalOf(name) is null) result.AddError($"--device is '{Cuda}', '{Cuda}:N' or '{Simulated}', not '{name}'.");
        });
        var filter = new Option<string?>("--filter") { Description = "Runs only checks whose group and name contain this text.", HelpName = "TEXT" };
        var json = new Option<bool>("--json") { Description = "Writes JSON instead of text." };
        var file = new Option<string?>("--output") { Description = "The file to write the report to; standard output if left out.", HelpName = "FILE" };
        var command = new Command("selftest", """
            Checks everything the CUDA device does on a GPU: every kernel, the products of cuBLAS, every algorithm of cuDNN, operators, small
            networks and training, in every precision. Run it first on a new GPU, and attach its report to a bug.
            """) { device, filter, json, file };
        command.SetAction(parse =>
        {
            string name = parse.GetRequiredValue(device);
            var request = new SelfTestRequest(
                name == Simulated, OrdinalOf(name) ?? 0, parse.GetValue(filter), parse.GetValue(json), parse.GetValue(file));
            if (!request.Simulated) return Run(request, Load(), context);
            using var machine = new SimulatedCuda();
            return Run(request, machine.Libraries, context);
        });
        return command;
    }

    /// <summary>Checks the libraries' GPU and writes the report.</summary>
    public static int Run(SelfTestRequest request, CudaLibraries libraries, CommandContext context)
    {
        using OutputFile? file = request.Output is null ? null : new OutputFile(request.Output); // before the work, not after it
        // Of the machine's own CUDA the search tells more: where the libraries are, and what was passed over.
        FoundCudaLibraries? found = request.Simulated ? null : CudaLibraries.Find();
        CudaDiagnosis diagnosis = CudaDoctor.Judge(found is null ? CudaSurvey.Look(libraries, _ => null) : CudaSurvey.Look(found, Environment.GetEnvironmentVariable));
        var options = new SelfTestOptions { Ordinal = request.Ordinal, Filter = request.Filter, Nvrtc = found?.Nvrtc };
        SelfTestReport report;
        try
        {
            report = SelfTest.Run(libraries, options, context.Status, context.Cancellation);
        }
        catch (CudaException e)
        {
            throw new CommandException($"The GPU cannot be opened: {e.Message} 'alexnet doctor' says more.", e);
        }

        context.Status.Clear();
        if (report.Groups.Count == 0) throw new UsageException($"No check's name contains '{request.Filter}'.");
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        if (request.Json) text.WriteLine(Json.Serialize(SelfTestJson.Of(report, diagnosis, request.Simulated)));
        else SelfTestText.Write(report, diagnosis, request.Simulated, text);
        if (file is null)
        {
            context.Output.Write(text.ToString());
        }
        else
        {
            using (var writer = new StreamWriter(file.Stream, leaveOpen: true)) writer.Write(text.ToString());
            file.Commit();
            context.Output.WriteLine($"{SelfTestText.Summary(report)} The report is in {request.Output}.");
        }

        return report.Passed ? CliApplication.Success : CliApplication.Failure;
    }

    private static CudaLibraries Load()
    {
        try
        {
            return CudaLibraries.Load();
        }
        catch (LibraryLoadException e)
        {
            throw new CommandException($"{e.Message} 'alexnet doctor' says more; '--device {Simulated}' needs no GPU.", e);
        }
    }

    private static int? OrdinalOf(string name)
    {
        const string Prefix = Cuda + ":";
        if (name == Cuda) return 0;
        return name.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            ? n
            : null;
    }
}
