using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Owners;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator;
using Xunit;
using Xunit.Sdk;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>The device that runs test bodies on a GPU, on a simulated driver: the same calls as there.</summary>
public sealed class DriverDeviceTests
{
    private static readonly Dictionary<string, SimulatedGpu> s_gpus = new(StringComparer.Ordinal)
    {
        ["sm_61"] = SimulatedGpu.Gtx1080Ti,
        ["sm_80"] = SimulatedGpu.A100,
    };

    public static TheoryData<string, string> Modules
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var module in KernelSources.Embedded.Modules)
            {
                foreach (var gpu in s_gpus.Keys)
                {
                    data.Add(module, gpu);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void The_bodies_of_every_module_hold_on_a_driver(string module, string gpu)
    {
        using var cuda = Machine(s_gpus[gpu]);
        var launched = new HashSet<string>(StringComparer.Ordinal);
        using (var kernels = DriverKernels.Open(cuda.Driver)!)
        using (Devices.Instead(() => new DriverDevice(kernels) { Launched = launched }))
        {
            Bodies.Run(module);
        }

        Assert.Contains(module, launched);
        Assert.Empty(cuda.Reports);
        Assert.Empty(cuda.Leaks());
    }

    [Fact]
    public void A_result_that_was_not_written_and_a_fault_fail_the_body()
    {
        using var cuda = Machine(SimulatedGpu.A100);
        using var kernels = DriverKernels.Open(cuda.Driver)!;
        using var device = new DriverDevice(kernels);
        var x = device.Output<float>(1024, "x");
        device.Run(FillKernels.Constant(x, 1023, 1));
        Assert.Equal(Enumerable.Repeat(1f, 1023), device.Download<float>(x, 1023));
        Assert.Throws<FalseException>(() => device.Download<float>(x, 1024));
        Assert.Throws<CudaException>(() => device.Run(FillKernels.Constant(x, 2048, 1)));
    }

    [Fact]
    public void A_launch_whose_arguments_the_kernel_does_not_take_is_refused()
    {
        using var cuda = Machine(SimulatedGpu.A100);
        using var kernels = DriverKernels.Open(cuda.Driver)!;
        using var device = new DriverDevice(kernels);
        var launch = FillKernels.Constant(device.Output<float>(4, "x"), 4, 1);
        Assert.Throws<EqualException>(() => device.Run(launch with { Arguments = [.. launch.Arguments.Skip(1)] }));
    }

    [Fact]
    public void Without_a_driver_a_device_or_what_the_ptx_needs_there_is_no_gpu()
    {
        Assert.Null(DriverKernels.Open(null));
        using var empty = new SimulatedCuda(new SimulatorOptions { Gpus = [] });
        Assert.Null(DriverKernels.Open(empty.Driver));
        using var old = new SimulatedCuda(new SimulatorOptions { DriverVersion = 11_070 });
        Assert.Null(DriverKernels.Open(old.Driver));
        using var maxwell = new SimulatedCuda(new SimulatorOptions { Gpus = [SimulatedGpu.Gtx1080Ti with { Major = 5, Minor = 2 }] });
        Assert.Null(DriverKernels.Open(maxwell.Driver));
        using var full = new SimulatedCuda(new SimulatorOptions { Faults = [new InjectedFault("cuDevicePrimaryCtxRetain", 1, 2)] });
        Assert.Null(DriverKernels.Open(full.Driver));
    }

    private static SimulatedCuda Machine(SimulatedGpu gpu) =>
        new(new SimulatorOptions { Gpus = [gpu], Checks = Checks.All, ReportHazards = true, Seed = 5 });
}
