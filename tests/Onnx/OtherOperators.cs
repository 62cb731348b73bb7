using AlexNetCuda.Initialization;
using AlexNetCuda.IO.Onnx;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>The operators without a window: LRN, Relu, Gemm, Softmax, Flatten and Dropout.</summary>
internal static class OtherOperators
{
    private static readonly ConstantInitializer _unused = new(0);

    /// <summary>ONNX divides alpha by the window's size; the engine, as the paper, does not.</summary>
    public static Translation Lrn(NodeCase test)
    {
        long size = test.Attributes.Integer("size", 0);
        if (size % 2 == 0) throw new NotSupportedException($"A window of {size} channels is not symmetric.");
        float alpha = test.Attributes.Float("alpha", 1e-4f), beta = test.Attributes.Float("beta", 0.75f), bias = test.Attributes.Float("bias", 1);
        return Elementwise(test, new LrnLayer("lrn", (int)(size / 2), bias, alpha / size, beta));
    }

    public static Translation Relu(NodeCase test) => Elementwise(test, new ReluLayer("relu")) with { Exact = true };

    /// <summary>
    /// alpha * A * B + beta * C: A is the batch, alpha * B the weights, beta * C the biases. A C with a row for each row of A is no bias; it becomes
    /// weights of further inputs that are 1 for that row and 0 for the others: [A | I] * [alpha * B; beta * C].
    /// </summary>
    public static Translation Gemm(NodeCase test)
    {
        double alpha = test.Attributes.Float("alpha", 1), beta = test.Attributes.Float("beta", 1);
        double[,] a = Matrix(test.Input(0), test.Attributes.Flag("transA")), b = Matrix(test.Input(1), test.Attributes.Flag("transB"));
        int rows = a.GetLength(0), depth = a.GetLength(1), columns = b.GetLength(1);
        if (b.GetLength(0) != depth) throw new InvalidDataException("A and B do not fit.");
        double[,]? c = test.OptionalInput(2) is { } tensor ? Matrix(tensor, transposed: false) : null;
        bool rowwise = c is not null && c.GetLength(0) > 1;

        int features = rowwise ? depth + rows : depth;
        var input = new double[rows * features];
        var weights = new double[columns * features];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < depth; i++) input[(row * features) + i] = a[row, i];
            if (rowwise) input[(row * features) + depth + row] = 1;
        }

        for (int column = 0; column < columns; column++)
        {
            for (int i = 0; i < depth; i++) weights[(column * features) + i] = alpha * b[i, column];
            for (int row = 0; row < features - depth; row++) weights[(column * features) + depth + row] = beta * Broadcast(c!, row, column);
        }

        bool biased = c is not null && !rowwise;
        var parameters = new Dictionary<string, double[]> { ["fc/weights"] = weights };
        if (biased) parameters["fc/biases"] = [.. Enumerable.Range(0, columns).Select(column => beta * Broadcast(c!, 0, column))];
        return new Translation
        {
            Layers = [new FullyConnectedLayer("fc", columns, biased, _unused, _unused)],
            InputShape = new Shape(rows, features, 1, 1),
            Input = input,
            Parameters = parameters,
            OutputShape = new Shape([.. test.Output.Dimensions]),
            Output = test.Output.To<double>(),
        };
    }

    /// <summary>Softmax along one axis, as it is since version 13 of the operators: the axis is moved to the end, and the others make the rows.</summary>
    public static Translation Softmax(NodeCase test)
    {
        if (test.Opset < 13) throw new NotSupportedException("Softmax before version 13 takes all dimensions from its axis on.");
        OnnxTensor x = test.Input(0);
        int axis = Axis(test.Attributes.Integer("axis", -1), x.Dimensions.Count);
        int classes = x.Dimensions[axis], rows = x.Count / classes;
        return new Translation
        {
            Layers = [new FlattenLayer("rows"), new SoftmaxLayer("softmax")],
            InputShape = new Shape(rows, classes, 1, 1),
            Input = AxisLast(x, axis),
            OutputShape = new Shape(rows, classes),
            Output = AxisLast(test.Output, axis),
        };
    }

    /// <summary>Flatten at any axis: the dimensions before it are the batch, those from it on the image.</summary>
    public static Translation Flatten(NodeCase test)
    {
        OnnxTensor x = test.Input(0);
        int axis = Axis(test.Attributes.Integer("axis", 1), x.Dimensions.Count);
        int rows = x.Dimensions.Take(axis).Aggregate(1, (product, d) => product * d);
        return new Translation
        {
            Layers = [new FlattenLayer("flatten")],
            InputShape = Four([rows, .. x.Dimensions.Skip(axis)]),
            Input = x.To<double>(),
            OutputShape = new Shape([.. test.Output.Dimensions]),
            Output = test.Output.To<double>(),
            Exact = true,
        };
    }

    /// <summary>Dropout in inference, and in training where nothing is dropped: a mask of random numbers is the matter of their generator.</summary>
    public static Translation Dropout(NodeCase test)
    {
        test.Attributes.Ignore("seed"); // of the generator
        // The ratio is an attribute up to version 11 and an input since.
        double ratio = test.OptionalInput(1)?.To<double>()[0] ?? test.Attributes.Float("ratio", 0.5f);
        bool training = test.OptionalInput(2)?.To<int>()[0] == 1;
        if (training && ratio > 0) throw new NotSupportedException("In training, the mask comes from NumPy's generator of random numbers.");
        Translation translation = Elementwise(test, new DropoutLayer("dropout", (float)(1 - ratio))) with { Exact = true, Dropout = training };
        return test.SecondOutput is { } mask
            ? translation with { InputGradient = [.. mask.To<double>().Zip(translation.Output, (kept, y) => kept * y)] }
            : translation;
    }

    /// <summary>A layer whose output has the shape of its input.</summary>
    private static Translation Elementwise(NodeCase test, Layer layer) => new()
    {
        Layers = [layer],
        InputShape = Four([.. test.Input(0).Dimensions]),
        Input = test.Input(0).To<double>(),
        OutputShape = Four([.. test.Output.Dimensions]),
        Output = test.Output.To<double>(),
    };

    /// <summary>A shape of four dimensions: further ones are 1, and more than four are joined after the first.</summary>
    private static Shape Four(int[] dimensions)
    {
        while (dimensions.Length > 4) dimensions = [dimensions[0], dimensions[1] * dimensions[2], .. dimensions[3..]];
        return new Shape([.. dimensions, .. Enumerable.Repeat(1, 4 - dimensions.Length)]);
    }

    private static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);

    /// <summary>A matrix; a vector is a row, and a scalar a row of one.</summary>
    private static double[,] Matrix(OnnxTensor tensor, bool transposed)
    {
        double[] values = tensor.To<double>();
        (int rows, int columns) = tensor.Dimensions switch
        {
            [] => (1, 1),
            [int n] => (1, n),
            [int m, int n] => (m, n),
            _ => throw new InvalidDataException($"Tensor '{tensor.Name}' is no matrix."),
        };
        var matrix = transposed ? new double[columns, rows] : new double[rows, columns];
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, columns);
            if (transposed) matrix[column, row] = values[i];
            else matrix[row, column] = values[i];
        }

        return matrix;
    }

    private static double Broadcast(double[,] c, int row, int column) =>
        c[c.GetLength(0) == 1 ? 0 : row, c.GetLength(1) == 1 ? 0 : column];

    /// <summary>The elements with one axis moved to the end.</summary>
    private static double[] AxisLast(OnnxTensor tensor, int axis)
    {
        double[] values = tensor.To<double>();
        int length = tensor.Dimensions[axis], inner = tensor.Dimensions.Skip(axis + 1).Aggregate(1, (product, d) => product * d);
        var moved = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            (int outer, int rest) = Math.DivRem(i, length * inner);
            (int along, int within) = Math.DivRem(rest, inner);
            moved[(((outer * inner) + within) * length) + along] = values[i];
        }

        return moved;
    }
}
