using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cuda.Tests.Device;

/// <summary>Every operator in the precisions other than float32, in both orders of dimensions, against the reference device.</summary>
public sealed class PrecisionTests
{
    // Operators alone may err by so many times the level of their precision; in a chain each further layer with weights rounds its output and its gradient again.
    private const int Operators = 4;

    // float16 ends at 65,504, and a gradient lies in memory multiplied by the loss scale: training would lower that, but these cases run once.
    private const double LargestScaledGradient = 60_000 / CudaSession.FirstLossScale;

    /// <summary>Every case in one order of each 16-bit type, every third in the other order and in TF32.</summary>
    public static TheoryData<Place, Precision, Layout, string> Cases
    {
        get
        {
            var cases = new TheoryData<Place, Precision, Layout, string>();
            string[] names = [.. LayerCases.All.Keys];
            foreach (Place place in TestDevice.Places)
            {
                for (int i = 0; i < names.Length; i++)
                {
                    Add(Precision.Float16, Layout.Nhwc);
                    Add(Precision.BFloat16, Layout.Nchw);
                    if (i % 3 == 0) Add(Precision.Float16, Layout.Nchw);
                    if (i % 3 == 1) Add(Precision.BFloat16, Layout.Nhwc);
                    if (i % 3 == 2) Add(Precision.Tf32, Layout.Nchw);

                    void Add(Precision precision, Layout layout)
                    {
                        if (TestDevice.Has(place, precision)) cases.Add(place, precision, layout, names[i]);
                    }
                }
            }

            return cases;
        }
    }

    /// <summary>The level of rounding of a precision, as the reference results have it.</summary>
    internal static double Level(Precision precision) => precision switch
    {
        Precision.Float32 => 1e-5,
        Precision.BFloat16 => 4e-3,
        _ => 5e-4,
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_layer_agrees_with_the_reference_device(Place place, Precision precision, Layout layout, string name)
    {
        LayerCase layer = LayerCases.Get(name);
        double[] input = Input(layer, precision);
        int weighted = layer.Network.Nodes.Count(n => n.Layer is ConvolutionLayer or FullyConnectedLayer);
        double tolerance = Operators * Math.Max(1, weighted) * Level(precision);
        using TestDevice device = TestDevice.Open(place, new CudaDeviceOptions { Precision = precision, Layout = layout });
        foreach (bool fuse in new[] { true, false })
        {
            CompileOptions options = layer.Options with { Fuse = fuse };
            using Executable executable = layer.Network.Compile(device.Device, Values(layer, precision), options);
            executable.SetInput(input);
            if (layer.Labels is not null) executable.SetLabels(layer.Labels);
            executable.StepNumber = layer.Step;
            executable.ForwardBackward();
            NetworkResult actual = NetworkRunner.Read(executable);
            using IDevice reference = Reference(precision, executable);
            NetworkResult expected = NetworkRunner.Run(layer.Network, reference, Values(layer, precision), options, input, layer.Labels, layer.Step);
            bool byNorm = place == Place.Gpu && IsDelicate(layer) && executable.ForwardBackwardWork.Any(IsTransformed);
            Close(expected, actual, byNorm ? Level(precision) : tolerance, fuse ? name : name + ", not fused", byNorm);
        }
    }

    /// <summary>
    /// Whether a real cuDNN transforms the operands and back: no values are exact then, and what lies on a kink may go either way. The simulator's
    /// algorithms all sum products.
    /// </summary>
    private static bool IsTransformed(StepWork work) =>
        work.Algorithm.Contains("Winograd", StringComparison.Ordinal) || work.Algorithm.Contains("Fft", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The reference device, which rounds what lies in 16 bits on the GPU: else a rectifier's or a pool's gradient would go another way
    /// wherever two values round to the same.
    /// </summary>
    private static IDevice Reference(Precision precision, Executable executable) =>
        precision is Precision.Float32 or Precision.Tf32 ? new ReferenceDevice() : new RoundingDevice(precision, executable);

    /// <summary>Whether rounding could turn over a rectifier or a maximum behind weights.</summary>
    private static bool IsDelicate(LayerCase layer) =>
        layer.Network.Parameters.Count > 0 && layer.Network.Nodes.Any(n => n.Layer is ReluLayer or MaxPoolLayer);

    /// <summary>
    /// The images as the precision holds them, so that both devices are given the same. Where rounding could turn over a kink, multiples of 1/2: with
    /// <see cref="Values"/> sums are then exact in any precision and any order, and zeros and equal maxima are exact too, of which all devices do the same.
    /// </summary>
    private static double[] Input(LayerCase layer, Precision precision)
    {
        LayerCase source = IsDelicate(layer) ? new LayerCase(layer.Name, layer.Network, layer.Batch, InputKind.Coarse) : layer;
        double[] input = [.. source.Input.Select(v => RoundingDevice.Round(v, precision))];
        while (precision == Precision.Float16 && LargestGradient(layer, input) > LargestScaledGradient)
            for (int i = 0; i < input.Length; i++) input[i] /= 2; // exact
        return input;
    }

    private static double LargestGradient(LayerCase layer, double[] input)
    {
        using var reference = new ReferenceDevice();
        NetworkResult result = NetworkRunner.Run(layer.Network, reference, Values(layer, Precision.Float16), layer.Options, input, layer.Labels, layer.Step);
        return result.Gradients.Values.Append(result.InputGradient ?? []).Append(result.Output).SelectMany(g => g).Max(Math.Abs);
    }

    /// <summary>The parameters as the precision holds them; where rounding could turn over a kink, one of three values.</summary>
    private static Parameters Values(LayerCase layer, Precision precision)
    {
        Parameters parameters = layer.CreateParameters();
        bool delicate = IsDelicate(layer);
        foreach (Parameter parameter in parameters.All)
        {
            var values = new double[parameter.Info.Shape.Count];
            parameter.Read(values);
            double largest = values.Max(Math.Abs), unit = largest == 0 ? 1 : Math.Pow(2, Math.Floor(Math.Log2(largest)));
            for (int i = 0; i < values.Length; i++)
                values[i] = delicate ? unit * Math.Round(1.49 * values[i] / largest) : RoundingDevice.Round(values[i], precision);
            parameter.Write(values);
        }

        return parameters;
    }

    private static void Close(NetworkResult expected, NetworkResult actual, double tolerance, string name, bool byNorm)
    {
        if (byNorm)
        {
            CloseByNorm(expected, actual, tolerance, name);
            return;
        }

        Close(expected.Output, actual.Output, tolerance, $"{name}: output");
        Close([expected.Loss], [actual.Loss], tolerance, $"{name}: loss");
        foreach ((string parameter, double[] gradient) in expected.Gradients) Close(gradient, actual.Gradients[parameter], tolerance, $"{name}: gradient of {parameter}");
        Assert.Equal(expected.InputGradient is null, actual.InputGradient is null);
        if (expected.InputGradient is not null) Close(expected.InputGradient, actual.InputGradient!, tolerance, $"{name}: gradient of the input");
    }

    /// <summary>
    /// As the self-test compares networks with kinks: the norm of the difference over that of the tensor, which may be 8 times the level for outputs and losses,
    /// and 8 times its root for gradients, since about such a share of rectifiers and maxima is turned over.
    /// </summary>
    private static void CloseByNorm(NetworkResult expected, NetworkResult actual, double level, string name)
    {
        const double Times = 8;
        Check(expected.Output, actual.Output, Times * level, "output");
        Check([expected.Loss], [actual.Loss], Times * level, "loss");
        foreach ((string parameter, double[] gradient) in expected.Gradients) Check(gradient, actual.Gradients[parameter], Times * Math.Sqrt(level), $"gradient of {parameter}");
        if (expected.InputGradient is not null) Check(expected.InputGradient, actual.InputGradient!, Times * Math.Sqrt(level), "gradient of the input");

        void Check(double[] a, double[] b, double allowed, string tensor)
        {
            double norm = Math.Sqrt(a.Sum(v => v * v)), error = Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum()) / (norm > 0 ? norm : 1);
            Assert.True(error <= allowed, FormattableString.Invariant($"{name}: {tensor}: error {error:e2} of the norm, allowed {allowed:e1}"));
        }
    }

    /// <summary>
    /// Each element's error relative to the tensor's root mean square, or to the element where that is larger: 16 bits round each element by its own size.
    /// </summary>
    private static void Close(double[] expected, double[] actual, double tolerance, string tensor)
    {
        Assert.Equal(expected.Length, actual.Length);
        double rms = Math.Sqrt(expected.Sum(v => v * v) / expected.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(expected[i] - actual[i]) / (rms > 0 ? Math.Max(rms, Math.Abs(expected[i])) : 1);
            if (!(error <= tolerance)) Assert.Fail(FormattableString.Invariant($"{tensor} at {i}: expected {expected[i]:r}, got {actual[i]:r}, error {error:e2}, allowed {tolerance:e1}"));
        }
    }
}
