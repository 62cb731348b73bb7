using AlexNetCuda.Initialization;
using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>Conv, MaxPool and AveragePool. Data of one spatial dimension are images of one row.</summary>
internal static class WindowOperators
{
    private static readonly ConstantInitializer _unused = new(0);

    public static Translation Convolution(NodeCase test)
    {
        OnnxTensor x = test.Input(0), w = test.Input(1);
        OnnxTensor? b = test.OptionalInput(2);
        Shape input = Image(x), weights = Image(w);
        Window window = Window(test.Attributes, input, [weights.H, weights.W]);
        var layer = new ConvolutionLayer("conv", weights.N, window, (int)test.Attributes.Integer("group", 1), b is not null, _unused, _unused);
        var parameters = new Dictionary<string, double[]> { ["conv/weights"] = w.To<double>() };
        if (b is not null) parameters["conv/biases"] = b.To<double>();
        return new Translation
        {
            Layers = [layer],
            InputShape = input,
            Input = x.To<double>(),
            Parameters = parameters,
            OutputShape = Image(test.Output),
            Output = test.Output.To<double>(),
        };
    }

    /// <summary>Integers go through the engine's floating-point numbers, which hold those of 8 bits exactly.</summary>
    public static Translation MaxPool(NodeCase test)
    {
        Shape input = Image(test.Input(0));
        bool columnMajor = test.Attributes.Flag("storage_order");
        return new Translation
        {
            Layers = [new MaxPoolLayer("pool", Window(test.Attributes, input))],
            InputShape = input,
            Input = test.Input(0).To<double>(),
            OutputShape = Image(test.Output),
            Output = test.Output.To<double>(),
            Exact = true,
            InputGradient = test.SecondOutput is { } indices ? Scatter(test.Output.To<double>(), indices.To<int>(), input, columnMajor) : null,
        };
    }

    public static Translation AveragePool(NodeCase test)
    {
        Shape input = Image(test.Input(0));
        Window window = Window(test.Attributes, input);
        return new Translation
        {
            Layers = [new AveragePoolLayer("pool", window, test.Attributes.Flag("count_include_pad"))],
            InputShape = input,
            Input = test.Input(0).To<double>(),
            OutputShape = Image(test.Output),
            Output = test.Output.To<double>(),
        };
    }

    private static Shape Image(OnnxTensor tensor) => tensor.Dimensions switch
    {
        [int n, int c, int w] => new Shape(n, c, 1, w),
        [int n, int c, int h, int w] => new Shape(n, c, h, w),
        [_, _, _, _, _] => throw new NotSupportedException("The data have three spatial dimensions."),
        _ => throw new NotSupportedException($"Tensor '{tensor.Name}' has {tensor.Dimensions.Count} dimensions, not 3 to 5."),
    };

    private static Window Window(NodeAttributes attributes, Shape input, int[]? weights = null)
    {
        int[] kernel = Plane(attributes.Integers("kernel_shape"), 1) ?? weights ?? throw new InvalidDataException("There is no kernel_shape.");
        if (weights is not null && !kernel.SequenceEqual(weights)) throw new InvalidDataException("kernel_shape is not that of the weights.");
        int[] strides = Plane(attributes.Integers("strides"), 1) ?? [1, 1];
        if (attributes.Integers("dilations") is { } dilations && dilations.Any(d => d != 1)) throw new NotSupportedException("The window has dilations.");
        SizeRounding rounding = attributes.Flag("ceil_mode") ? SizeRounding.Ceiling : SizeRounding.Floor;
        int[]? pads = attributes.Integers("pads");
        Padding padding = attributes.Text("auto_pad", "NOTSET") switch
        {
            "NOTSET" => pads switch
            {
                null => Padding.Explicit(0),
                [int left, int right] => Padding.Explicit(0, left, 0, right),
                [int top, int left, int bottom, int right] => Padding.Explicit(top, left, bottom, right),
                _ => throw new NotSupportedException($"{pads.Length} pads are not for images."),
            },
            "SAME_UPPER" => Padding.Same,
            "SAME_LOWER" => SameLower(input, kernel, strides),
            "VALID" => Padding.Valid,
            string other => throw new NotSupportedException($"auto_pad {other} is unknown."),
        };
        return new Window(kernel[0], kernel[1], strides[0], strides[1], padding, rounding);
    }

    private static int[]? Plane(int[]? sizes, int height) => sizes switch
    {
        null => null,
        [int width] => [height, width],
        [_, _] => sizes,
        _ => throw new NotSupportedException($"{sizes.Length} sizes are not for images."),
    };

    /// <summary>As SAME, but with the larger half of the padding at the top and left.</summary>
    private static Padding SameLower(Shape input, int[] kernel, int[] strides)
    {
        (int top, int bottom) = Halves(input.H, kernel[0], strides[0]);
        (int left, int right) = Halves(input.W, kernel[1], strides[1]);
        return Padding.Explicit(top, left, bottom, right);

        static (int Before, int After) Halves(int size, int kernel, int stride)
        {
            int output = (size + stride - 1) / stride, total = Math.Max(((output - 1) * stride) + kernel - size, 0);
            return (total - (total / 2), total / 2);
        }
    }

    /// <summary>The gradient that goes to the pixels that won: with the loss sum(y^2) / 2 each gets the y of every window it won.</summary>
    private static double[] Scatter(double[] y, int[] indices, Shape input, bool columnMajor)
    {
        var gradient = new double[input.Count];
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int within) = Math.DivRem(indices[i], input.H * input.W);
            if (columnMajor) within = (within % input.H * input.W) + (within / input.H);
            gradient[(plane * input.H * input.W) + within] += y[i];
        }

        return gradient;
    }
}
