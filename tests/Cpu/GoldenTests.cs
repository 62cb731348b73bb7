using AlexNetCuda.Diagnostics;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>Whole networks, full size, against results computed elsewhere in double precision.</summary>
public sealed class GoldenTests
{
    // With fewer instructions (ReducedInstructionSetTests) no VGG: the operators' tests have its layers, and what takes time is packing 130 million weights.
    public static TheoryData<string> Files =>
        [.. TestData.GoldenFiles().Select(f => Path.GetFileName(f)!).Where(f => !ReducedInstructionSetTests.IsChild || !f.StartsWith("vgg", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_network_agrees_with_its_reference_results(string file)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        VerificationReport report = Verifier.Run(ReferenceFile.Load(TestData.Get("golden", "results", file)), device, cancellation: TestContext.Current.CancellationToken);
        Assert.True(report.Passed, string.Join('\n', report.Rows.Where(r => !r.Passed)));
    }
}
