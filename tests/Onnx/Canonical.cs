using AlexNetCuda.IO.Onnx;
using AttributeType = AlexNetCuda.IO.Onnx.AttributeProto.Types.AttributeType;

namespace AlexNetCuda.Onnx.Tests;

/// <summary>
/// Node tests as tests of what the importer takes: images, [N, C, H, W], or rows, [N, features]. The node is the test's own wherever its data are such already. Otherwise data
/// are arranged otherwise and the attributes that said how they were arranged change with them: rows of one spatial dimension are images of one row, an axis is brought to
/// where the importer takes it, a transposed batch is transposed back.
/// </summary>
internal static class Canonical
{
    /// <summary>The test in the importer's terms. The importer says of others that, and why, it does not support them.</summary>
    public static Translation Of(NodeCase test) => test.Node.OpType switch
    {
        "Gemm" => Gemm(test),
        "Softmax" => Softmax(test),
        "Flatten" => Flatten(test),
        "Dropout" => Dropout(test),
        "MaxPool" => MaxPool(test),
        "Relu" => Same(test) with { Exact = true },
        _ => Images(test),
    };

    private static Translation Images(NodeCase test)
    {
        if (test.Input(0).Dimensions.Count != 3) return Plain(test);
        NodeProto node = test.Node.Clone();
        foreach (AttributeProto attribute in node.Attribute.Where(a => a.Type == AttributeType.Ints))
        {
            long[] wide = attribute.Name == "pads" ? [0, attribute.Ints[0], 0, attribute.Ints[1]] : [1, attribute.Ints[0]];
            attribute.Ints.Clear();
            attribute.Ints.Add(wide);
        }

        return Plain(test with { Node = node }, [.. test.Input(0).Dimensions.Take(2), 1, test.Input(0).Dimensions[2]], [.. test.Output.Dimensions.Take(2), 1, test.Output.Dimensions[2]]);
    }

    /// <summary>Integers go through the engine's floating-point numbers, which hold those of 8 bits exactly.</summary>
    private static Translation MaxPool(NodeCase test)
    {
        Translation pool = Images(test) with { Exact = true };
        if (test.SecondOutput is not { } indices) return pool;
        bool columnMajor = test.Node.Attribute.Any(a => a is { Name: "storage_order", I: 1 });
        return pool with { InputGradient = Scatter(pool.Output, indices.To<int>(), pool.InputShape, columnMajor) };
    }

    /// <summary>
    /// A transposed A is transposed back. A C with a row for each row of A is no bias; it becomes weights of further inputs that are 1 for that row and 0 for the others:
    /// [A | I] * [alpha * B; beta * C].
    /// </summary>
    private static Translation Gemm(NodeCase test)
    {
        NodeProto node = test.Node.Clone();
        double[,] a = Matrix(test.Input(0), Take(node, "transA") is { I: 1 });
        int rows = a.GetLength(0), depth = a.GetLength(1), columns = test.Output.Dimensions[1];
        var output = test.Output.To<double>();
        if (test.OptionalInput(2) is not { } c || c.Dimensions.Count < 2 || c.Dimensions[0] == 1)
            return Translation.Of(test with { Node = node }, [rows, depth], [.. a.Cast<double>()], [rows, columns], output);

        double alpha = Take(node, "alpha")?.F ?? 1, beta = Take(node, "beta")?.F ?? 1;
        double[,] b = Matrix(test.Input(1), Take(node, "transB") is { I: 1 }), added = Matrix(c, transposed: false);
        var input = new double[rows, depth + rows];
        var weights = new double[depth + rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < depth; i++) input[row, i] = a[row, i];
            input[row, depth + row] = 1;
        }

        for (int column = 0; column < columns; column++)
        {
            for (int i = 0; i < depth; i++) weights[i, column] = alpha * b[i, column];
            for (int row = 0; row < rows; row++) weights[depth + row, column] = beta * added[row, added.GetLength(1) == 1 ? 0 : column];
        }

        node.Input.RemoveAt(2);
        Translation translation = Translation.Of(test with { Node = node, Inputs = [test.Inputs[0]] }, [rows, depth + rows], [.. input.Cast<double>()], [rows, columns], output);
        translation.Model.Graph.Initializer.Add(Translation.Constant(node.Input[1], [depth + rows, columns], weights.Cast<double>()));
        return translation;
    }

    /// <summary>Softmax along one axis, as it is since version 13 of the operators: the axis is moved to the end, and the others make the rows.</summary>
    private static Translation Softmax(NodeCase test)
    {
        OnnxTensor x = test.Input(0);
        int rank = x.Dimensions.Count, axis = Axis(test, -1, rank);
        if (rank == 2 && axis == 1) return Plain(test);
        int classes = x.Dimensions[axis], rows = x.Count / classes;
        return Translation.Of(test with { Node = WithAxis(test.Node, 1) }, [rows, classes], AxisLast(x, axis), [rows, classes], AxisLast(test.Output, axis));
    }

    /// <summary>Flatten at any axis: the dimensions before it are the batch, those from it on the image.</summary>
    private static Translation Flatten(NodeCase test)
    {
        OnnxTensor x = test.Input(0);
        int axis = Axis(test, 1, x.Dimensions.Count);
        if (axis == 1 && x.Dimensions.Count == 4) return Plain(test) with { Exact = true };
        int rows = x.Dimensions.Take(axis).Aggregate(1, (product, d) => product * d);
        return Plain(test with { Node = WithAxis(test.Node, 1) }, Four([rows, .. x.Dimensions.Skip(axis)])) with { Exact = true };
    }

    /// <summary>Dropout in inference, and in training where nothing is dropped: the importer takes only graphs for inference.</summary>
    private static Translation Dropout(NodeCase test)
    {
        double ratio = test.OptionalInput(1)?.To<double>()[0] ?? 0.5;
        bool training = test.OptionalInput(2)?.To<int>()[0] == 1 && ratio == 0;
        if (training)
        {
            test = test with { Node = test.Node.Clone(), Inputs = [.. test.Inputs.Take(2)] };
            test.Node.Input.RemoveAt(2);
        }

        Translation translation = Same(test) with { Exact = true, Dropout = training };
        return test.SecondOutput is { } mask
            ? translation with { InputGradient = [.. mask.To<double>().Zip(translation.Output, (kept, y) => kept * y)] }
            : translation;
    }

    /// <summary>The data as they are, or in other shapes.</summary>
    private static Translation Plain(NodeCase test, int[]? input = null, int[]? output = null) =>
        Translation.Of(test, input ?? [.. test.Input(0).Dimensions], test.Input(0).To<double>(), output ?? [.. test.Output.Dimensions], test.Output.To<double>());

    /// <summary>An operator that keeps the shape, whatever it is.</summary>
    private static Translation Same(NodeCase test) => Plain(test, Four([.. test.Input(0).Dimensions]), Four([.. test.Output.Dimensions]));

    /// <summary>A shape of four dimensions: further ones are 1, and more than four are joined after the first.</summary>
    private static int[] Four(int[] dimensions)
    {
        while (dimensions.Length > 4) dimensions = [dimensions[0], dimensions[1] * dimensions[2], .. dimensions[3..]];
        return [.. dimensions, .. Enumerable.Repeat(1, 4 - dimensions.Length)];
    }

    private static int Axis(NodeCase test, int absent, int rank)
    {
        long axis = test.Node.Attribute.FirstOrDefault(a => a.Name == "axis")?.I ?? absent;
        return (int)(axis < 0 ? axis + rank : axis);
    }

    private static NodeProto WithAxis(NodeProto node, int axis)
    {
        NodeProto changed = node.Clone();
        _ = Take(changed, "axis");
        changed.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeType.Int, I = axis });
        return changed;
    }

    /// <summary>Takes an attribute out of a node; null where it is absent.</summary>
    private static AttributeProto? Take(NodeProto node, string name)
    {
        AttributeProto? attribute = node.Attribute.FirstOrDefault(a => a.Name == name);
        if (attribute is not null) node.Attribute.Remove(attribute);
        return attribute;
    }

    private static double[,] Matrix(OnnxTensor tensor, bool transposed)
    {
        double[] values = tensor.To<double>();
        (int rows, int columns) = (tensor.Dimensions[0], tensor.Dimensions[1]);
        var matrix = transposed ? new double[columns, rows] : new double[rows, columns];
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, columns);
            if (transposed) matrix[column, row] = values[i];
            else matrix[row, column] = values[i];
        }

        return matrix;
    }

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

    /// <summary>The gradient that goes to the pixels that won: with the loss sum(y^2) / 2 each gets the y of every window it won.</summary>
    private static double[] Scatter(double[] y, int[] indices, int[] input, bool columnMajor)
    {
        (int height, int width) = (input[2], input[3]);
        var gradient = new double[input.Aggregate(1, (product, d) => product * d)];
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int within) = Math.DivRem(indices[i], height * width);
            if (columnMajor) within = (within % height * width) + (within / height);
            gradient[(plane * height * width) + within] += y[i];
        }

        return gradient;
    }
}
