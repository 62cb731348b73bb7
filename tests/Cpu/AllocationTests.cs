using AlexNetCuda.Initialization;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>Counting allocations of the whole process needs the process for itself.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AloneInTheProcess))]
public sealed class AllocationTests
{
    [Theory]
    [InlineData(ExecutionMode.Inference)]
    [InlineData(ExecutionMode.Gradients)]
    [InlineData(ExecutionMode.Training)]
    public void A_step_allocates_nothing(ExecutionMode mode)
    {
        Network network = NetworkZoo.Create("caffenet", new NetworkOptions { InputSize = 67, Classes = 10 });
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        using Executable executable = network.Compile(device, network.CreateParameters(), new CompileOptions { Batch = 2, Mode = mode, Dropout = true });
        var images = new float[network.InputShape(2).Count];
        ReferenceInitializer.Fill(images, 0, "images", 1);
        executable.SetInput(images);
        int[] labels = [3, 7];
        if (mode != ExecutionMode.Inference) executable.SetLabels(labels);
        Action<Executable> step = mode switch
        {
            ExecutionMode.Inference => e => e.Forward(),
            ExecutionMode.Gradients => e => e.ForwardBackward(),
            _ => e => e.TrainingStep(1e-4f),
        };
        for (int i = 0; i < 3; i++) step(executable);

        // The runtime's own threads (tiered compilation, the test runner) allocate now and then: of many steps most must be clean.
        long own = 0;
        int clean = 0;
        const int Steps = 20;
        for (int i = 0; i < Steps; i++)
        {
            long thread = GC.GetAllocatedBytesForCurrentThread(), total = GC.GetTotalAllocatedBytes(precise: true);
            step(executable);
            if (GC.GetTotalAllocatedBytes(precise: true) == total) clean++;
            own += GC.GetAllocatedBytesForCurrentThread() - thread;
        }

        Assert.Equal(0, own);
        Assert.True(clean > Steps / 2, $"Only {clean} of {Steps} steps left the number of allocated bytes unchanged.");
    }
}
