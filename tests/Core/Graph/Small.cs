using AlexNetCuda.Cpu;
using AlexNetCuda.Devices;
using AlexNetCuda.Initialization;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;

namespace AlexNetCuda.Core.Tests;

/// <summary>A small network with every kind of layer that matters to the graph, its images, and the devices to run it on.</summary>
internal static class Small
{
    /// <summary>The devices: one that runs layer by layer in one format, one that needs conversions, and one that fuses and packs parameters.</summary>
    public static readonly string[] DeviceNames = ["reference", "tagged", "cpu"];

    public static readonly int[] Labels = [4, 0, 2, 1];

    public static readonly CompileOptions Gradients = new() { Batch = 4, Mode = ExecutionMode.Gradients };

    public static readonly CompileOptions Training = new() { Batch = 4, Mode = ExecutionMode.Training };

    public static IDevice Device(string name) => name switch
    {
        "cpu" => new CpuDevice(new CpuDeviceOptions { Threads = 2 }),
        "tagged" => new TaggingDevice(new ReferenceDevice(2)),
        _ => new ReferenceDevice(2),
    };

    /// <summary>
    /// What rounding allows between two runs that do the same sums in another order: nothing in plain loops, some 100 ulp of single precision else.
    /// </summary>
    public static double Tolerance(string device) => device == "cpu" ? 1e-5 : 0;

    public static Network Network(bool dropout = false)
    {
        NetworkBuilder builder = new NetworkBuilder("small", 3, 9, 9)
            .Convolution("conv1", 8, 3).Relu().Lrn("lrn1", 2, 1, 0.1f, 0.75f).MaxPool("pool1", 3, 2)
            .Convolution("conv2", 12, 3, groups: 2).Relu()
            .FullyConnected("fc3", 10).Relu();
        if (dropout) builder.Dropout(0.5f, "drop3");
        return builder.FullyConnected("fc4", 5).SoftmaxCrossEntropy().Softmax("probabilities").Build();
    }

    public static Parameters Parameters(Network network, ElementType storage = ElementType.Float32) =>
        network.CreateParameters(storage: storage, initializer: new ReferenceInitializer("small/"));

    public static float[] Images(int batch, string name = "images")
    {
        var images = new float[batch * 3 * 9 * 9];
        ReferenceInitializer.Fill(images, 0, name, 1);
        return images;
    }

    /// <summary>An executable with its images and, where it reads them, its labels set.</summary>
    public static Executable Compile(Network network, IDevice device, Parameters parameters, CompileOptions options)
    {
        Executable executable = network.Compile(device, parameters, options);
        executable.SetInput(Images(options.Batch));
        bool loss = options.WithLoss || options.Mode != ExecutionMode.Inference;
        if (loss && network.Loss?.Layer is LossLayer { NeedsLabels: true }) executable.SetLabels(Labels.AsSpan(0, options.Batch));
        return executable;
    }

    /// <summary>The output of a forward pass over the first images, in double precision.</summary>
    public static double[] Forward(Executable executable)
    {
        executable.Forward();
        return NetworkRunner.Read(executable.GetValue(executable.Target));
    }

    public static double[] Read(Parameters parameters, string name)
    {
        var values = new double[parameters[name].Info.Shape.Count];
        parameters[name].Read(values);
        return values;
    }
}
