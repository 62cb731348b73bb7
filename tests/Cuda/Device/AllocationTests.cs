using AlexNetCuda.Bench.HostCost;
using AlexNetCuda.Interop;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>On libraries that do nothing, whatever is allocated is the engine's.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData(true, ExecutionMode.Inference)]
    [InlineData(true, ExecutionMode.Gradients)]
    [InlineData(true, ExecutionMode.Training)]
    [InlineData(false, ExecutionMode.Inference)]
    [InlineData(false, ExecutionMode.Gradients)]
    [InlineData(false, ExecutionMode.Training)]
    [InlineData(true, ExecutionMode.Gradients, true)]
    [InlineData(false, ExecutionMode.Gradients, true)]
    public void A_step_allocates_nothing_managed(bool graphs, ExecutionMode mode, bool deviceTimed = false)
    {
        DirectoryInfo cache = Directory.CreateTempSubdirectory("alexnet-cuda-");
        try
        {
            using var device = new CudaDevice(
                new CudaLibraries(new NullDriver(), new NullCublas(), new NullCublasLt(), new NullCudnn()), new CudaDeviceOptions { Graphs = graphs, CacheDirectory = cache.FullName });
            Network network = new NetworkBuilder("small", 3, 31, 31)
                .Convolution("conv1", 16, 5, 2).Relu().Lrn("lrn1", 2, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2)
                .Convolution("conv2", 16, 3, groups: 2).Relu().FullyConnected("fc3", 16).Relu().Dropout(0.5f, "drop3").FullyConnected("fc4", 10)
                .SoftmaxCrossEntropy().Build();
            using Executable executable = network.Compile(
                device, network.CreateParameters(), new CompileOptions { Batch = 4, Mode = mode, WithLoss = true, Dropout = true });
            var images = new float[network.InputShape(4).Count];
            executable.SetLabels([0, 1, 2, 3]);
            executable.IsDeviceTimed = deviceTimed;
            bool told = true;
            Action step = mode switch
            {
                ExecutionMode.Inference => executable.Forward,
                ExecutionMode.Gradients => executable.ForwardBackward,
                _ => () => executable.TrainingStep(0.01f),
            };
            for (int i = 0; i < 4; i++) Step(); // the list, the capture, the graph; both ways of the images
            Assert.True(told);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++) Step();
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

            void Step()
            {
                executable.SetInput(images);
                step();
                told &= deviceTimed == executable.ReadDeviceSeconds() is not null; // an assertion would allocate
            }
        }
        finally
        {
            cache.Delete(recursive: true);
        }
    }
}
