using System.CommandLine;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Interop.Nvrtc;
using AlexNetCuda.KernelTools;
using Spectre.Console;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet kernels build|check|profile</c>: the PTX that ships, made of kernels/*.cu, checked against it, and metered.</summary>
internal static class KernelsCommand
{
    /// <summary>Makes the command with its verbs. Exit codes: 0 well (or skipped), 1 a problem.</summary>
    internal static Command Create()
    {
        var directory = new Option<DirectoryInfo?>("--kernels") { Description = "The directory of the sources (default: kernels, here or above)." };
        var nvrtc = new Option<DirectoryInfo?>("--nvrtc")
        {
            Description = "A directory that holds NVRTC (default: ALEXNETCUDA_NVRTC, artifacts/nvrtc, the system).",
        };
        var require = new Option<bool>("--require-nvrtc") { Description = "Fail, instead of skipping, where NVRTC is not found." };

        var build = new Command("build", "Compiles kernels/*.cu to kernels/ptx/*.ptx and prints registers, shared memory and spills.")
        {
            directory, nvrtc,
        };
        build.SetAction(result => Run(result.GetValue(directory), result.GetValue(nvrtc), required: true, kernels =>
        {
            Print(kernels.Build());
            return 0;
        }));

        var check = new Command("check", "Fails when the committed PTX is not what the sources give, or a kernel spills or exceeds its budget.")
        {
            directory, nvrtc, require,
        };
        check.SetAction(result => Run(result.GetValue(directory), result.GetValue(nvrtc), result.GetValue(require), kernels =>
        {
            var report = kernels.Check();
            Print(report.Resources);
            foreach (var line in report.Notes.Concat(report.Problems))
            {
                Console.Out.WriteLine(line);
            }

            Console.Out.WriteLine(report.Problems.Count == 0 ? "The kernels are in order." : $"{report.Problems.Count} problem(s).");
            return report.Problems.Count == 0 ? 0 : 1;
        }));

        return new Command("kernels", "The CUDA kernels: build, check and meter the PTX that ships.") { build, check, Profile() };
    }

    private static Command Profile()
    {
        var kernel = new Argument<string?>("kernel")
        {
            Description = "Operations whose name contains this (default: all).", Arity = ArgumentArity.ZeroOrOne,
        };
        var network = new Option<string>("--network") { Description = "The network.", DefaultValueFactory = _ => "alexnet-same" };
        var layer = new Option<string?>("--layer") { Description = "The layer (default: all that are known)." };
        var batch = new Option<int>("--batch") { Description = "Images.", DefaultValueFactory = _ => 32 };
        var gpu = new Option<string>("--gpu")
        {
            Description = $"The GPU of the time model: {string.Join(", ", GpuModel.Known.Select(one => one.Name))}.", DefaultValueFactory = _ => "A100",
        };
        var profile = new Command("profile", "Meters kernels on the PTX machine: bytes against the least possible, and a model of their time.")
        {
            kernel, network, layer, batch, gpu,
        };
        profile.SetAction(result =>
        {
            var cases = ProfileCase.All(Math.Max(result.GetValue(batch), 1))
                .Where(one => one.Network == result.GetValue(network))
                .Where(one => result.GetValue(layer) is not { } wanted || one.Layer == wanted)
                .Where(one => result.GetValue(kernel) is not { } part || one.Operation.Contains(part, StringComparison.Ordinal))
                .ToArray();
            var model = GpuModel.Find(result.GetValue(gpu)!);
            if (model is null || cases.Length == 0)
            {
                Console.Error.WriteLine(model is null ? $"No GPU '{result.GetValue(gpu)}' is known." : "No such operation, layer or network is known.");
                return 1;
            }

            return PrintProfile(cases, model);
        });
        return profile;
    }

    private static int PrintProfile(IReadOnlyList<ProfileCase> cases, GpuModel gpu)
    {
        Console.Out.WriteLine($"Bytes over the least possible; time is a model of {gpu.Name}, not a measurement.");
        Console.Out.WriteLine(
            $"{"operation",-36}{"L2",7}{"target",8}{"DRAM",7}{"target",8}{"block",7}{"request",9}{"shared",8}"
            + $"{"blocks",8}{"threads",9}{"diverge",9}{"us",9}");
        var missed = 0;
        foreach (var one in cases)
        {
            var row = KernelProfile.Measure(one);
            var launch = row.Launches[0];
            missed += row.MeetsTarget ? 0 : 1;
            var time = gpu.PredictMicroseconds(row.DramBytes, row.L2Bytes, row.ThreadInstructions);
            Console.Out.WriteLine(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{one.Layer + " " + one.Operation,-36}{row.L2Ratio,7:f3}{one.Target?.L2,8:f2}{row.DramRatio,7:f3}{one.Target?.Dram,8:f2}")
                + string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{row.BlockUse,7:p0}{row.RequestUse,9:p0}{row.SharedWavefronts,8:f2}{launch.Grid.Count,8}{launch.Block.Count,9}")
                + string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{row.DivergentBranches,9:p1}{time,9:f1}{(row.MeetsTarget ? "" : "  misses its target")}"));
        }

        return missed == 0 ? 0 : 1;
    }

    private static int Run(DirectoryInfo? directory, DirectoryInfo? nvrtc, bool required, Func<KernelBuild, int> action)
    {
        var kernels = directory?.FullName ?? FindKernels();
        if (kernels is null)
        {
            Console.Error.WriteLine($"No directory kernels with {KernelSources.HeaderName} here or above: name it with --kernels.");
            return 1;
        }

        NvrtcLibrary library;
        try
        {
            var fetched = Path.Combine(kernels, "..", "artifacts", "nvrtc");
            library = NvrtcLibrary.Load(nvrtc?.FullName ?? (Directory.Exists(fetched) ? fetched : null));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            Console.Error.WriteLine(e.Message);
            Console.Out.WriteLine(required ? "NVRTC is required and was not found." : "SKIPPED: NVRTC was not found.");
            return required ? 1 : 0;
        }

        try
        {
            return action(new KernelBuild(kernels, library));
        }
        catch (NvrtcException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static string? FindKernels()
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            var kernels = Path.Combine(folder.FullName, "kernels");
            if (File.Exists(Path.Combine(kernels, KernelSources.HeaderName)))
            {
                return kernels;
            }
        }

        return null;
    }

    private static void Print(IReadOnlyList<KernelResources> resources)
    {
        var architectures = resources.Select(resource => resource.Architecture).Distinct().Order().ToArray();
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("kernel").NoWrap());
        foreach (var architecture in architectures)
        {
            table.AddColumn(new TableColumn($"registers, sm_{architecture}").RightAligned());
        }

        table.AddColumn(new TableColumn("shared bytes").RightAligned()).AddColumn(new TableColumn("spilled bytes").RightAligned());
        foreach (var kernel in resources.GroupBy(resource => resource.Kernel, StringComparer.Ordinal))
        {
            var registers = architectures.Select(architecture => kernel.FirstOrDefault(one => one.Architecture == architecture)?.Registers);
            table.AddRow(
            [
                kernel.Key,
                .. registers.Select(count => $"{count}"),
                $"{kernel.Max(one => one.SharedBytes)}",
                $"{kernel.Max(one => one.SpillStores + one.SpillLoads)}",
            ]);
        }

        AnsiConsole.Write(table);
    }
}
