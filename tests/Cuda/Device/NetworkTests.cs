using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Diagnostics;
using AlexNetCuda.Simulator;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Whole networks on the simulator and on a GPU: in reduced width in every precision, and at full size against results computed elsewhere.</summary>
public sealed class NetworkTests
{
    private const string Results = "results";

    public static TheoryData<Place, string, Precision, Layout> Cases
    {
        get
        {
            var cases = new TheoryData<Place, string, Precision, Layout>();
            foreach (Place place in TestDevice.Places)
                foreach (ZooEntry entry in NetworkZoo.All) AddAll(place, entry);
            return cases;

            void AddAll(Place place, ZooEntry entry)
            {
                Add(Precision.Float32, Layout.Nchw);
                Add(Precision.Tf32, Layout.Nchw);
                foreach (Layout layout in new[] { Layout.Nchw, Layout.Nhwc })
                {
                    Add(Precision.Float16, layout);
                    Add(Precision.BFloat16, layout);
                }

                void Add(Precision precision, Layout layout)
                {
                    if (TestDevice.Has(place, precision)) cases.Add(place, entry.Name, precision, layout);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_network_in_reduced_width_agrees_with_the_reference_device(Place place, string name, Precision precision, Layout layout)
    {
        using TestDevice device = TestDevice.Open(place, new CudaDeviceOptions { Precision = precision, Layout = layout });
        Narrow.Check(Narrow.Create(name), device, precision, name);
    }

    /// <summary>The files of reference results for each place: on a GPU all, in every precision that they allow for.</summary>
    public static TheoryData<Place, string, string, Precision> Files
    {
        get
        {
            // On the simulator others take as long again, and go through the same operators: 'alexnet verify --device sim --checks' runs them.
            var files = new TheoryData<Place, string, string, Precision>
            {
                { Place.Simulator, Results, "alexnet-same", Precision.Float32 }, { Place.Simulator, Results, "alexnet-valid", Precision.Float32 },
                { Place.Simulator, Results, "caffenet", Precision.Float32 }, { Place.Simulator, Results, "alexnet-same", Precision.Float16 },
                { Place.Simulator, Results, "alexnet-same", Precision.BFloat16 },
                // An odd batch, other values: make_golden.py --batch 3 --salt other --trials 1.
                { Place.Simulator, "batch3", "alexnet-same", Precision.Tf32 },
            };
            if (!TestDevice.Places.Contains(Place.Gpu)) return files;
            foreach (string file in TestData.GoldenFiles()) files.Add(Place.Gpu, Results, Path.GetFileNameWithoutExtension(file), Precision.Float32);
            foreach (Precision precision in new[] { Precision.Tf32, Precision.Float16, Precision.BFloat16 })
                if (TestDevice.Has(Place.Gpu, precision)) files.Add(Place.Gpu, Results, "alexnet-same", precision);
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_network_agrees_with_its_reference_results(Place place, string folder, string name, Precision precision)
    {
        var options = new CudaDeviceOptions { Precision = precision };
        // With checkers 16 bits take three times as long: more kernels go over the weights.
        SimulatorOptions machine = precision == Precision.Float32 ? SimulatedDevice.Watched : new SimulatorOptions();
        using TestDevice device = place == Place.Gpu ? new GpuDevice(options) : new SimulatedDevice(options, machine, workspace: 32 << 20);
        ReferenceFile file = ReferenceFile.Load(TestData.Get("golden", folder, name + ".json"));
        VerificationReport report = Verifier.Run(file, device.Device, PrecisionTests.Level(precision), cancellation: TestContext.Current.CancellationToken);
        Assert.True(report.Passed, string.Join('\n', report.Rows.Where(r => !r.Passed)));
    }
}
