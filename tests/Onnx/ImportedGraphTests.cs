using System.Runtime.InteropServices;
using AlexNetCuda.Devices;
using AlexNetCuda.IO;
using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Layers;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Whole graphs that others wrote: PyTorch's, with outputs that PyTorch computed in double precision, and four of the ONNX project's.</summary>
public class ImportedGraphTests(NodeTestDevices devices) : IClassFixture<NodeTestDevices>
{
    /// <summary>The expected values are rounded to float32 (6e-8 of each, and an element may be a few times the root mean square); everything else is double precision.</summary>
    private const double ReferenceTolerance = 1e-6;

    /// <summary>Float32 throughout, as for the CPU device's layers: sums of up to a few hundred terms in each of about ten layers.</summary>
    private const double CpuTolerance = 2e-5;

    [Theory]
    [InlineData("alexnet-like", 2)]
    [InlineData("squeezenet-like", 3)]
    public void A_graph_that_PyTorch_exported_gives_what_PyTorch_computes(string name, int batch)
    {
        OnnxModel model = OnnxModel.Load(TestData.Get("onnx", name + ".onnx"));
        Assert.Equal(("images", "scores", "pytorch"), (model.InputName, model.OutputName, model.Producer));
        double[] input = Floats(name + ".input.bin"), expected = Floats(name + ".output.bin");
        foreach ((IDevice device, double tolerance) in new[] { (devices.Reference, ReferenceTolerance), (devices.Cpu, CpuTolerance) })
        {
            NetworkResult result = NetworkRunner.Run(model.Network, device, model.Parameters, new CompileOptions { Batch = batch }, input);
            TensorAssert.Close(expected, result.Output, tolerance, $"{name} on {device.Info.Name}", result.OutputShape);
        }
    }

    [Fact]
    public void Layers_are_named_as_the_graphs_nodes_and_have_their_settings()
    {
        Network network = OnnxModel.Load(TestData.Get("onnx", "alexnet-like.onnx")).Network;
        Assert.Equal(
            [
                "conv1/Conv", "Relu", "LRN", "MaxPool", "conv2/Conv", "Relu_1", "LRN_1", "MaxPool_1", "conv3/Conv", "Relu_2", "conv4/Conv", "Relu_3",
                "Reshape", "fc5/Gemm", "Relu_4", "fc6/Gemm", "Relu_5", "MatMul", "Softmax",
            ],
            network.Nodes.Select(n => n.Layer.Name));
        Assert.Equal("Softmax", network.Target);
        Assert.Equal(new Window(11, 11, 4, 4, Padding.Explicit(2)), ((ConvolutionLayer)network["conv1/Conv"].Layer).Window);
        Assert.Equal((2, true), (((ConvolutionLayer)network["conv2/Conv"].Layer).Groups, ((ConvolutionLayer)network["conv2/Conv"].Layer).HasBias));
        Assert.False(((ConvolutionLayer)network["conv4/Conv"].Layer).HasBias);
        Assert.Equal(new LrnLayer("LRN", 2, 2, 0.8f / 5, 0.75f), network["LRN"].Layer); // PyTorch and ONNX divide alpha by the window's size
        Assert.Equal(SizeRounding.Ceiling, ((MaxPoolLayer)network["MaxPool_1"].Layer).Window.Rounding);
        Assert.True(((FullyConnectedLayer)network["MatMul"].Layer).HasBias); // the Add behind it
    }

    /// <summary>All weights of these are 0.02 and all scores alike, so that they test reading a graph more than its numbers; see tests/data/onnx for those.</summary>
    [Theory]
    [InlineData("bvlc_alexnet", 60_965_224)] // Caffe's AlexNet, as the network of the zoo
    [InlineData("zfnet512", 87_250_536)]
    [InlineData("vgg19", 143_667_240)] // as the network of the zoo
    [InlineData("squeezenet", 1_235_496)] // SqueezeNet 1.1
    public void A_graph_of_the_ONNX_project_gives_the_expected_output(string name, long parameters)
    {
        string path = TestData.RequireShared("data", "onnx-light", $"light_{name}.onnx");
        OnnxModel model = OnnxModel.Load(path);
        Assert.Equal(parameters, model.Network.ParameterCount);
        double[] expected = OnnxFile.ReadTensor(TestData.RequireShared("data", "onnx-light", $"light_{name}_output_0.pb")).To<double>();
        long count = model.Network.InputShape(1).Count;
        double[] input = [.. Enumerable.Range(0, (int)count).Select(i => (double)((float)i / count))];
        NetworkResult result = NetworkRunner.Run(model.Network, devices.Cpu, model.Parameters, new CompileOptions(), input);
        TensorAssert.Close(expected, result.Output, CpuTolerance, name, result.OutputShape);
    }

    private static double[] Floats(string file) => [.. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(TestData.Get("onnx", file))).ToArray().Select(v => (double)v)];
}
