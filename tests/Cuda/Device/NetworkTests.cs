using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Simulator;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Whole networks on the simulator: in reduced width in every precision, and at full size against results computed elsewhere.</summary>
public sealed class NetworkTests
{
    public static TheoryData<string, Precision, Layout> Cases
    {
        get
        {
            var cases = new TheoryData<string, Precision, Layout>();
            foreach (ZooEntry entry in NetworkZoo.All)
            {
                cases.Add(entry.Name, Precision.Float32, Layout.Nchw);
                cases.Add(entry.Name, Precision.Tf32, Layout.Nchw);
                foreach (Layout layout in new[] { Layout.Nchw, Layout.Nhwc })
                {
                    cases.Add(entry.Name, Precision.Float16, layout);
                    cases.Add(entry.Name, Precision.BFloat16, layout);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_network_in_reduced_width_agrees_with_the_reference_device(string name, Precision precision, Layout layout)
    {
        using var simulated = new SimulatedDevice(new CudaDeviceOptions { Precision = precision, Layout = layout });
        Narrow.Check(Narrow.Create(name), simulated, precision, name);
    }

    // The other files take as long again, and go through the same operators: 'alexnet verify --device sim --checks' runs them.
    [Theory]
    [InlineData("alexnet-same")]
    [InlineData("alexnet-valid")]
    [InlineData("caffenet")]
    public void A_network_agrees_with_its_reference_results(string name) => Verify(name, Precision.Float32);

    [Theory]
    [InlineData(Precision.Float16, "results")]
    [InlineData(Precision.BFloat16, "results")]
    [InlineData(Precision.Tf32, "batch3")] // an odd batch, other values: make_golden.py --batch 3 --salt other --trials 1
    public void A_network_agrees_with_its_reference_results_in_other_precisions(Precision precision, string folder) => Verify("alexnet-same", precision, folder);

    private static void Verify(string name, Precision precision, string folder = "results")
    {
        // With checkers 16 bits take three times as long: more kernels go over the weights.
        SimulatorOptions machine = precision == Precision.Float32 ? SimulatedDevice.Watched : new SimulatorOptions();
        using var simulated = new SimulatedDevice(new CudaDeviceOptions { Precision = precision }, machine, workspace: 32 << 20);
        ReferenceFile file = ReferenceFile.Load(TestData.Get("golden", folder, name + ".json"));
        VerificationReport report = Verifier.Run(file, simulated.Device, PrecisionTests.Level(precision), cancellation: TestContext.Current.CancellationToken);
        Assert.True(report.Passed, string.Join('\n', report.Rows.Where(r => !r.Passed)));
    }
}
