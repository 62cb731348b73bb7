using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>
/// The CPU device chooses its registers at run time: these tests run the others once more in processes with fewer instructions, all but those of learning (a minute or
/// two of the same operators), the comparison with other engines, and the VGGs at full size.
/// </summary>
[Collection(nameof(AloneInTheProcess))]
public sealed partial class ReducedInstructionSetTests
{
    /// <summary>Is set in the processes of these tests.</summary>
    internal const string ChildVariable = "ALEXNETCUDA_TESTS_REGISTERS";

    /// <summary>Whether this is such a process.</summary>
    internal static bool IsChild => Environment.GetEnvironmentVariable(ChildVariable) is not null;

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "AVX2")]
    [InlineData("DOTNET_EnableAVX2", "128-bit SIMD")]
    public async Task The_device_is_right_with_fewer_instructions(string variable, string registers)
    {
        Assert.SkipWhen(IsChild, "This is such a process already.");
        Assert.SkipUnless(Vector512.IsHardwareAccelerated || (variable == "DOTNET_EnableAVX2" && Fma.IsSupported), "This processor has no more instructions to take away.");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        // The test host may be the dotnet command or the test program itself.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(ReducedInstructionSetTests).Assembly.Location);
        start.ArgumentList.Add("-noColor");
        foreach (Type leftOut in new[] { typeof(ReducedInstructionSetTests), typeof(OverfitTests), typeof(PeerComparisonTests) })
        {
            start.ArgumentList.Add("-class-");
            start.ArgumentList.Add(leftOut.FullName!);
        }

        start.Environment[variable] = "0";
        start.Environment[ChildVariable] = registers;
        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        string report = output + await error;
        Assert.True(child.ExitCode == 0, report);
        Match total = TotalPattern().Match(report);
        Assert.True(total.Success && int.Parse(total.Groups["count"].Value, CultureInfo.InvariantCulture) > 100, report);
    }

    [GeneratedRegex(@"Total: (?<count>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TotalPattern();

    /// <summary>In the processes of the test above this shows that the registers are those meant.</summary>
    public sealed class RegistersTests
    {
        [Fact]
        public void The_device_says_which_registers_it_uses()
        {
            using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
            string expected = Environment.GetEnvironmentVariable(ChildVariable)
                ?? (Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? "AVX-512" : Vector256.IsHardwareAccelerated && Fma.IsSupported ? "AVX2" : "128-bit SIMD");
            Assert.Contains(expected, device.Info.Description, StringComparison.Ordinal);
        }
    }
}
