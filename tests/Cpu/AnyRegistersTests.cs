using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>
/// Operators made for registers that this processor may not have: what it lacks is done in pieces, slowly, but all their code runs on any machine. (Tests in processes with fewer
/// instructions are elsewhere: they can only take away.)
/// </summary>
public sealed class AnyRegistersTests
{
    [Theory]
    [InlineData(Registers.Bits128)]
    [InlineData(Registers.Bits256)]
    [InlineData(Registers.Bits512)]
    internal void Random_layers_agree_with_the_reference_device_with_registers_of(Registers registers)
    {
        Assert.SkipWhen(ReducedInstructionSetTests.IsChild, "With all instructions this has run already.");
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 }, registers);
        using var reference = new ReferenceDevice();
        // The tolerance is that of CpuLayerTests.
        foreach (LayerCase layer in RandomLayerCases.Create(2026, 150)) TensorAssert.Close(layer.Run(reference), layer.Run(device), 2e-5, $"{layer.Name}, {registers}");
    }
}
