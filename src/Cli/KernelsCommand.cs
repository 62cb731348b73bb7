using System.CommandLine;
using System.Globalization;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.KernelTools;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet kernels build|check|profile</c>: the PTX that ships, made of kernels/*.cu, checked against it, and metered.</summary>
internal static class KernelsCommand
{
    private const int LargestBatch = 1024;

    public static Command Create(CommandContext context) =>
        new("kernels", "The CUDA kernels: builds, checks and meters the PTX that ships.") { Build(context), Check(context), Profile(context) };

    private static Option<string?> Sources() =>
        new("--kernels") { Description = "The folder of the sources; 'kernels', here or above, if left out.", HelpName = "DIR" };

    private static Option<string?> Nvrtc() =>
        new("--nvrtc") { Description = "A folder that holds NVRTC; ALEXNETCUDA_NVRTC, artifacts/nvrtc or the system if left out.", HelpName = "DIR" };

    private static Command Build(CommandContext context)
    {
        Option<string?> sources = Sources(), nvrtc = Nvrtc();
        var any = new Option<bool>("--any-nvrtc")
        {
            Description = $"Takes an NVRTC other than {KernelBuild.PinnedVersion}. Its PTX is for use here, not for a commit.",
        };
        var command = new Command("build", "Compiles kernels/*.cu to kernels/ptx/*.ptx, and prints registers, shared memory and spills.") { sources, nvrtc, any };
        command.SetAction(parse =>
        {
            string folder = Folder(parse.GetValue(sources));
            try
            {
                WriteResources(new KernelBuild(folder, Load(folder, parse.GetValue(nvrtc))).Build(parse.GetValue(any)), context.Output);
            }
            catch (InvalidOperationException e)
            {
                throw new CommandException($"{e.Message} With --any-nvrtc it is written all the same.", e);
            }

            return CliApplication.Success;
        });
        return command;
    }

    private static Command Check(CommandContext context)
    {
        Option<string?> sources = Sources(), nvrtc = Nvrtc();
        var require = new Option<bool>("--require-nvrtc") { Description = "Fails where NVRTC is not found, instead of skipping." };
        var command = new Command("check", """
            Fails where the committed PTX is not what the sources give, or a kernel spills or exceeds its budget of registers.
            Without NVRTC it prints SKIPPED and ends with 0.
            """) { sources, nvrtc, require };
        command.SetAction(parse =>
        {
            string folder = Folder(parse.GetValue(sources));
            NvrtcLibrary library;
            try
            {
                library = Load(folder, parse.GetValue(nvrtc));
            }
            catch (CommandException e) when (!parse.GetValue(require))
            {
                context.Output.WriteLine("SKIPPED: " + e.Message);
                return CliApplication.Success;
            }

            var report = new KernelBuild(folder, library).Check();
            WriteResources(report.Resources, context.Output);
            foreach (string line in report.Notes.Concat(report.Problems)) context.Output.WriteLine(line);
            if (report.Problems.Count > 0) throw new CommandException($"{report.Problems.Count} problem(s) with the kernels; they are listed above.");
            context.Output.WriteLine("The kernels are in order.");
            return CliApplication.Success;
        });
        return command;
    }

    private static Command Profile(CommandContext context)
    {
        var kernel = new Argument<string?>("KERNEL")
        {
            Description = "Operations whose name contains this; all if left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var network = new Option<string>("--network") { Description = "The network.", HelpName = "NAME", DefaultValueFactory = _ => "alexnet-same" };
        var layer = new Option<string?>("--layer") { Description = "The layer; all that are known if left out.", HelpName = "NAME" };
        Option<int> batch = CommonOptions.Number("--batch", "The number of images of a batch.", 1, LargestBatch, 32);
        var precision = new Option<string>("--precision")
        {
            Description = "How elements lie in memory: float32, float16 or bfloat16. In 16 bits only LRN, the pools and the fused pass are profiled.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "float32",
        };
        precision.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        var layout = new Option<string>("--layout") { Description = "Their order: nchw, or nhwc in 16 bits.", HelpName = "NAME", DefaultValueFactory = _ => "nchw" };
        layout.AcceptOnlyFromAmong("nchw", "nhwc");
        var gpu = new Option<string>("--gpu")
        {
            Description = $"The GPU of the time model: {string.Join(", ", GpuModel.Known.Select(g => g.Name))}.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "A100",
        };
        var command = new Command("profile", """
            Meters kernels on the PTX machine: bytes against the least possible, and a model of their time on a GPU.
            Ends with 1 where a kernel misses its target.
            """) { kernel, network, layer, batch, precision, layout, gpu };
        command.SetAction(parse =>
        {
            GpuModel model = GpuModel.Find(parse.GetValue(gpu)!)
                ?? throw new UsageException($"There is no GPU '{parse.GetValue(gpu)}' in the model. There are: {string.Join(", ", GpuModel.Known.Select(g => g.Name))}.");
            Storage storage = Enum.Parse<Storage>(parse.GetValue(precision)!, ignoreCase: true);
            Layout order = Enum.Parse<Layout>(parse.GetValue(layout)!, ignoreCase: true);
            if (storage == Storage.Float32 && order == Layout.Nhwc) throw new UsageException("There are no kernels for float32 in nhwc: give --precision float16 or bfloat16.");
            ProfileCase[] cases =
            [
                .. ProfileCase.All(parse.GetValue(batch), storage, order)
                    .Where(c => c.Network == parse.GetValue(network))
                    .Where(c => parse.GetValue(layer) is not { } wanted || c.Layer == wanted)
                    .Where(c => parse.GetValue(kernel) is not { } part || c.Operation.Contains(part, StringComparison.Ordinal)),
            ];
            if (cases.Length == 0) throw new UsageException("No operation, layer or network of that name is profiled; leave the names out to see all.");
            WriteProfile(cases, model, context);
            return CliApplication.Success;
        });
        return command;
    }

    private static void WriteProfile(ProfileCase[] cases, GpuModel gpu, CommandContext context)
    {
        context.Output.WriteLine($"Bytes over the least possible; time is a model of {gpu.Name}, not a measurement.");
        TextTable table = new TextTable().Text("operation").Number("L2").Number("target").Number("DRAM").Number("target").Number("block").Number("request")
            .Number("shared").Number("blocks").Number("threads").Number("diverge").Number("us").Text("");
        int missed = 0;
        foreach (ProfileCase profiled in cases)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            context.Status.Show($"metering {profiled.Layer} {profiled.Operation}");
            var row = KernelProfile.Measure(profiled);
            if (!row.MeetsTarget) missed++;
            double time = gpu.PredictMicroseconds(row.DramBytes, row.L2Bytes, row.ThreadInstructions, row.Launches[0].Grid.Count);
            table.Row(
                profiled.Layer + " " + profiled.Operation, F(row.L2Ratio, "f3"), F(profiled.Target?.L2, "f2"), F(row.DramRatio, "f3"), F(profiled.Target?.Dram, "f2"),
                F(row.BlockUse, "p0"), F(row.RequestUse, "p0"), F(row.SharedWavefronts, "f2"), $"{row.Launches[0].Grid.Count}", $"{row.Launches[0].Block.Count}",
                F(row.DivergentBranches, "p1"), F(time, "f1"), row.MeetsTarget ? "" : "misses its target");
        }

        context.Status.Clear();
        table.Write(context.Output);
        if (missed > 0) throw new CommandException($"{missed} of {cases.Length} operations miss their targets.");
    }

    private static string F(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static NvrtcLibrary Load(string kernels, string? nvrtc)
    {
        try
        {
            string fetched = Path.Combine(kernels, "..", "artifacts", "nvrtc");
            return NvrtcLibrary.Load(nvrtc ?? (Directory.Exists(fetched) ? fetched : null));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new CommandException(e.Message, e);
        }
    }

    private static string Folder(string? named)
    {
        if (named is not null)
        {
            return File.Exists(Path.Combine(named, KernelSources.HeaderName))
                ? named
                : throw new CommandException($"'{named}' is no folder of kernels: it has no {KernelSources.HeaderName}.");
        }

        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            string kernels = Path.Combine(folder.FullName, "kernels");
            if (File.Exists(Path.Combine(kernels, KernelSources.HeaderName))) return kernels;
        }

        throw new CommandException($"There is no folder 'kernels' with {KernelSources.HeaderName} here or above: name it with --kernels.");
    }

    private static void WriteResources(IReadOnlyList<KernelResources> resources, TextWriter output)
    {
        var architectures = resources.Select(r => r.Architecture).Distinct().Order().ToArray();
        TextTable table = new TextTable().Text("kernel");
        foreach (var architecture in architectures) table.Number($"registers, sm_{architecture}");
        table.Number("shared bytes").Number("spilled bytes");
        foreach (var kernel in resources.GroupBy(r => r.Kernel, StringComparer.Ordinal))
        {
            table.Row(
            [
                kernel.Key,
                .. architectures.Select(a => $"{kernel.FirstOrDefault(k => k.Architecture == a)?.Registers}"),
                $"{kernel.Max(k => k.SharedBytes)}",
                $"{kernel.Max(k => k.SpillStores + k.SpillLoads)}",
            ]);
        }

        table.Write(output);
    }
}
