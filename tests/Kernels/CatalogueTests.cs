using System.ComponentModel;
using System.Diagnostics;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Compilation;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.KernelTools;
using AlexNetCuda.Ptx;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>What holds for every kernel that ships.</summary>
public sealed class CatalogueTests
{
    public static TheoryData<string> Modules => [.. KernelSources.Embedded.Modules];

    [Fact]
    public void Every_kernel_is_launched_with_the_arguments_its_ptx_declares()
    {
        var launched = Catalogue.Launches().Select(launch => (launch.Module, launch.Kernel)).ToHashSet();
        Assert.All(Catalogue.Launches(), ParameterList.Check);
        foreach (var module in KernelSources.Embedded.Modules)
        {
            Assert.All(ParameterList.Kernels(module).Keys, kernel => Assert.Contains((module, kernel), launched));
        }
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Clangs_ptx_of_the_same_source_gives_the_same_bits(string module)
    {
        var clang = CompileByClang(module);
        var options = new MachineOptions { Checks = Checks.All };
        using var shipped = new KernelRunner(options);
        using var other = new KernelRunner(options, _ => clang);
        foreach (var launch in Catalogue.Launches().Where(launch => launch.Module == module))
        {
            var expected = Run(launch, shipped);
            var actual = Run(launch, other);
            for (var buffer = 0; buffer < expected.Count; buffer++)
            {
                var difference = expected[buffer].Zip(actual[buffer]).ToList().FindIndex(pair => !Same(pair.First, pair.Second));
                Assert.True(difference < 0, $"{launch.Kernel}: element {difference} of buffer {buffer}");
            }
        }
    }

    // The same bits, but one NaN is as good as another: compilers may exchange a sum's operands, which chooses the payload.
    private static bool Same(uint a, uint b) => a == b
        || (float.IsNaN(BitConverter.UInt32BitsToSingle(a)) && float.IsNaN(BitConverter.UInt32BitsToSingle(b)));

    private static IReadOnlyList<uint[]> Run(KernelLaunch launch, KernelRunner runner)
    {
        var memory = runner.Machine.Memory;
        var buffers = Buffers.Make(memory);
        Assert.Empty(runner.Run(Buffers.Bind(launch, buffers)).Reports);
        var contents = Buffers.Contents(buffers, memory);
        Array.ForEach(buffers, memory.Free);
        return contents;
    }

    private static string CompileByClang(string module)
    {
        Assert.SkipWhen(Nvrtc.Root is null, "there is no checkout around the tests");
        var kernels = Path.Combine(Nvrtc.Root!, "kernels");
        var output = Path.GetTempFileName();
        try
        {
            var arguments = "-x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -nocudainc -nocudalib -fms-extensions -O3 "
                + $"-Xclang -target-feature -Xclang +ptx75 -S -include clang.cuh -o \"{output}\" {module}.cu";
            using var process = Process.Start(new ProcessStartInfo("clang-14", arguments) { WorkingDirectory = kernels, UseShellExecute = false, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
            return File.ReadAllText(output);
        }
        catch (Win32Exception)
        {
            Assert.Skip("clang-14 is not installed");
            throw;
        }
        finally
        {
            File.Delete(output);
        }
    }
}
