using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Every switch of the device, every generation of GPU and version of the libraries: other paths, the same results.</summary>
public sealed class OptionTests
{
    private static readonly Dictionary<string, CudaDeviceOptions> Switches = new()
    {
        ["defaults"] = new(),
        ["no graph"] = new() { Graphs = false },
        ["no fusion"] = new() { Fuse = false },
        ["no cublasLt"] = new() { BlasLt = false },
        ["deterministic"] = new() { Deterministic = true },
        ["synchronous checks"] = new() { SyncChecks = true },
        ["everything off"] = new() { Graphs = false, Fuse = false, BlasLt = false, Deterministic = true, SyncChecks = true },
    };

    public static TheoryData<Place, string, Precision> SwitchNames
    {
        get
        {
            var rows = new TheoryData<Place, string, Precision>();
            foreach (Place place in TestDevice.Places)
                foreach (string name in Switches.Keys)
                    foreach (Precision precision in new[] { Precision.Float32, Precision.Float16, Precision.BFloat16 })
                        if (TestDevice.Has(place, precision)) rows.Add(place, name, precision);
            return rows;
        }
    }

    /// <summary>GPU, cuDNN, CUDA of the driver and cuBLAS, precision; channels last where the GPU has tensor cores for it.</summary>
    public static TheoryData<string, int, int, Precision, Layout> Machines
    {
        get
        {
            var rows = new TheoryData<string, int, int, Precision, Layout>();
            foreach (SimulatedGpu gpu in new[] { SimulatedGpu.Gtx1080Ti, SimulatedGpu.TeslaT4, SimulatedGpu.A100, SimulatedGpu.H100 })
            {
                foreach ((int dnn, int cuda) in new[] { (8907, 12_040), (90_100, 12_040), (90_100, 13_000) })
                {
                    if (gpu.Major < 7 && cuda >= 13_000) continue; // CUDA 13 ended the support of Pascal
                    foreach (Precision precision in Enum.GetValues<Precision>())
                    {
                        if (gpu.Major < 8 && precision is Precision.Tf32 or Precision.BFloat16) continue;
                        rows.Add(gpu.Name, dnn, cuda, precision, Layout.Nchw);
                        if (gpu.Major >= 7 && precision is Precision.Float16 or Precision.BFloat16) rows.Add(gpu.Name, dnn, cuda, precision, Layout.Nhwc);
                    }
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(SwitchNames))]
    public void Every_switch_gives_the_same_results(Place place, string name, Precision precision)
    {
        using TestDevice device = TestDevice.Open(place, Switches[name] with { Precision = precision });
        Narrow.Check(Narrow.Everything, device, precision, name);
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Every_machine_gives_the_same_results(string gpu, int dnn, int cuda, Precision precision, Layout layout)
    {
        using var simulated = new SimulatedDevice(new CudaDeviceOptions { Precision = precision, Layout = layout }, Machine(gpu, dnn, cuda));
        Narrow.Check(Narrow.Everything, simulated, precision, $"{gpu}, cuDNN {dnn}, CUDA {cuda}");
    }

    [Theory]
    [InlineData(Precision.Tf32, "TF32")]
    [InlineData(Precision.BFloat16, "bfloat16")]
    public void Precisions_that_a_GPU_has_not_are_refused(Precision precision, string words)
    {
        foreach (SimulatedGpu gpu in new[] { SimulatedGpu.Gtx1080Ti, SimulatedGpu.TeslaT4 })
        {
            using var machine = new SimulatedCuda(new SimulatorOptions { Gpus = [gpu] });
            var error = Assert.Throws<NotSupportedException>(() => new CudaDevice(machine.Libraries, new CudaDeviceOptions { Precision = precision }));
            Assert.Contains($"{gpu.Name} has compute capability {gpu.Major}.{gpu.Minor}; {words} needs 8.0 (Ampere) or later", error.Message, StringComparison.Ordinal);
            Assert.Empty(machine.Leaks());
        }
    }

    [Fact]
    public void A_GPU_that_is_too_old_is_refused()
    {
        using var machine = new SimulatedCuda(new SimulatorOptions { Gpus = [SimulatedGpu.Gtx1080Ti with { Name = "Old", Major = 5, Minor = 2 }] });
        var error = Assert.Throws<NotSupportedException>(() => new CudaDevice(machine.Libraries));
        Assert.Contains("6.0 (Pascal)", error.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Leaks());
    }

    [Fact]
    public void Each_switch_and_each_absence_takes_the_path_it_should()
    {
        // What one step of the network without a graph calls: three convolutions, two fully connected layers.
        Calls all = CallsOfStep(new CudaDeviceOptions());
        Assert.Equal(2, all.Lt);
        Assert.Equal(4, all.Gemm); // backward: weights and input of each
        Assert.True(all.FusedConvolutions == 1, all.ToString()); // conv2 and its ReLU; conv1's are fused with LRN and pool, conv3 has no ReLU
        Assert.Equal(2, all.PlainConvolutions);

        Calls unfused = CallsOfStep(new CudaDeviceOptions { Fuse = false });
        Assert.Equal(0, unfused.FusedConvolutions);
        Assert.Equal(3, unfused.PlainConvolutions);
        Assert.True(unfused.Launches > all.Launches + 3, $"{unfused.Launches} launches without fusion, {all.Launches} with it");

        foreach (Calls without in new[] { CallsOfStep(new CudaDeviceOptions { BlasLt = false }), CallsOfStep(new CudaDeviceOptions(), new SimulatorOptions { HasCublasLt = false }) })
        {
            Assert.Equal(0, without.Lt);
            Assert.Equal(6, without.Gemm);
            Assert.Equal(all.Launches + 2, without.Launches); // bias and ReLU of each
        }

        // No cublasLt epilogue before compute capability 7.0: the heuristic offers nothing.
        Assert.Equal(0, CallsOfStep(new CudaDeviceOptions(), Machine(SimulatedGpu.Gtx1080Ti.Name, 90_100, 12_040)).Lt);
    }

    [Fact]
    public void A_convolution_that_cuDNN_does_not_fuse_gets_its_bias_and_rectifier_from_our_kernel()
    {
        // cuDNN 9 on compute capability 7.5, groups: NOT_SUPPORTED for each algorithm of the list, so that the walk ends with none. cuDNN 8.9 takes it.
        Calls calls = CallsOfStep(new CudaDeviceOptions(), Machine(SimulatedGpu.TeslaT4.Name, 90_100, 12_040));
        Assert.Equal(0, calls.FusedConvolutions);
        Assert.Equal(3, calls.PlainConvolutions);
        Assert.Equal(1, CallsOfStep(new CudaDeviceOptions(), Machine(SimulatedGpu.TeslaT4.Name, 8907, 12_040)).FusedConvolutions);
    }

    public static TheoryData<string, int, int> Refusals
    {
        get
        {
            // cuBLAS has no status of its own for a capture and gives INTERNAL_ERROR; its 5th product is the first of the run that is captured.
            var rows = new TheoryData<string, int, int> { { "cublasGemmEx", 5, 14 } };
            for (int status = 900; status <= 908; status++) rows.Add("cuStreamBeginCapture_v2", 1, status);
            rows.Add("cuStreamEndCapture", 1, 901);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Where_a_capture_is_refused_the_list_stays(string function, int call, int status)
    {
        using var simulated = new SimulatedDevice(machine: new SimulatorOptions { Faults = [new InjectedFault(function, call, status)] });
        Narrow.Check(Narrow.Everything, simulated, Precision.Float32, $"{function} gives {status}");
        Assert.Equal(0, simulated.Machine.Counters.GraphLaunches);
    }

    private static SimulatorOptions Machine(string gpu, int dnn, int cuda) => new()
    {
        Gpus = [new[] { SimulatedGpu.Gtx1080Ti, SimulatedGpu.TeslaT4, SimulatedGpu.A100, SimulatedGpu.H100 }.Single(g => g.Name == gpu)],
        CudnnVersion = dnn,
        DriverVersion = cuda,
        CublasVersion = cuda >= 13_000 ? 130_000 : 120_401,
        Checks = Checks.All,
        ReportHazards = true,
    };

    private static Calls CallsOfStep(CudaDeviceOptions options, SimulatorOptions? machine = null)
    {
        using var simulated = new SimulatedDevice(options with { Graphs = false }, machine ?? new SimulatorOptions());
        Network network = Narrow.Everything;
        using Executable executable = network.Compile(simulated.Device, Narrow.Values(network, options.Precision), Narrow.Options);
        executable.SetInput(Narrow.Images(network, 2, options.Precision));
        executable.SetLabels(Narrow.Labels(network, 2));
        executable.ForwardBackward();
        Calls before = Calls.Of(simulated.Machine);
        executable.ForwardBackward();
        Calls after = Calls.Of(simulated.Machine);
        return new Calls(
            after.Lt - before.Lt, after.Gemm - before.Gemm, after.FusedConvolutions - before.FusedConvolutions, after.PlainConvolutions - before.PlainConvolutions,
            after.Launches - before.Launches);
    }

    private sealed record Calls(long Lt, long Gemm, long FusedConvolutions, long PlainConvolutions, long Launches)
    {
        internal static Calls Of(SimulatedCuda machine) => new(
            machine.Counters.CallsOf("cublasLtMatmul"), machine.Counters.CallsOf("cublasGemmEx"), machine.Counters.CallsOf("cudnnConvolutionBiasActivationForward"),
            machine.Counters.CallsOf("cudnnConvolutionForward"), machine.Counters.Launches);
    }
}
