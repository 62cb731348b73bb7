using AlexNetCuda.Devices;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>What all devices must do alike with values that are no ordinary numbers: NaN, infinities, zeros of both signs, equal maxima.</summary>
public sealed class SemanticsTests
{
    private static readonly double[] Odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -0.0, 1, 1, -1, 2, -2, 0.5, 4096];

    public static TheoryData<string> Kinds => ["relu", "max", "max same", "average", "argmax", "dropout", "flatten"];

    private static Layer LayerOf(string kind) => kind switch
    {
        "relu" => new ReluLayer("layer"),
        "max" => new MaxPoolLayer("layer", Window.Square(3, 2, Padding.Valid)),
        "max same" => new MaxPoolLayer("layer", Window.Square(3, 2, Padding.Same)),
        "average" => new AveragePoolLayer("layer", Window.Square(2, 2, Padding.Valid), CountPadding: false),
        "argmax" => new ArgMaxLayer("layer"),
        "dropout" => new DropoutLayer("layer", 0.5f),
        "flatten" => new FlattenLayer("layer"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown."),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Odd_values_come_out_as_on_the_reference_device(string kind)
    {
        Layer layer = LayerOf(kind);
        Shape shape = kind == "argmax" ? new Shape(9, 21) : new Shape(2, 19, 7, 8);
        Shape output = layer.InferShape([shape]);
        double[] input = Values(shape.Count, 1), gradient = [.. Values(output.Count, 2).Select(v => double.IsFinite(v) ? v : 0.5)];
        OperatorResult Run(IDevice device) => new OperatorRunner
        {
            Device = device, Layers = [layer], InputShape = shape, Input = input, OutputGradient = layer.IsDifferentiable ? gradient : null, Dropout = true, Seed = 9, Step = 4,
        }.Run();

        using var cpu = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        using var reference = new ReferenceDevice();
        OperatorResult expected = Run(reference), actual = Run(cpu);
        // Only selections, halvings and sums of a few short numbers: single precision is exact.
        TensorAssert.Close(expected.Output, actual.Output, 0, kind + ": output", output);
        TensorAssert.Close(expected.InputGradient, actual.InputGradient, 0, kind + ": gradient", shape);
    }

    /// <summary>Odd and small whole numbers, many of them equal, all exact in single precision.</summary>
    private static double[] Values(long count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)count).Select(_ => random.Next(3) == 0 ? (double)(float)Odd[random.Next(Odd.Length)] : random.Next(-3, 4))];
    }
}
