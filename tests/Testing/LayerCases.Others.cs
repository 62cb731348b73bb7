using AlexNetCuda.Layers;

namespace AlexNetCuda.Testing;

public static partial class LayerCases
{
    private static IEnumerable<LayerCase> OtherLayers()
    {
        foreach (Shape shape in new Shape[] { new(2, 3, 5, 7), new(1, 17, 4, 3), new(1, 1, 1, 1), new(3, 16, 2, 2) })
        {
            yield return One(new ReluLayer("relu"), shape, InputKind.AwayFromZero);
            yield return One(new ReluLayer("relu"), shape, InputKind.Coarse);
        }

        (Shape Input, int Radius, float Bias, float Alpha, float Beta)[] lrns =
        [
            (new(2, 7, 3, 4), 2, 1, 1e-4f, 0.75f),
            (new(1, 96, 2, 3), 5, 1, 0.001f / 9, 0.75f), // alexnet-same's
            (new(2, 17, 3, 3), 4, 1, 0.001f / 9, 0.75f), // alexnet-owt-softmax10's
            (new(1, 16, 3, 5), 2, 2, 1e-4f, 0.75f), // the paper's
            (new(2, 5, 3, 3), 0, 1, 0.5f, 0.75f),
            (new(1, 6, 4, 2), 1, 1, 1, 0.5f),
            (new(2, 9, 2, 2), 2, 2, 3, 1),
            (new(1, 33, 1, 1), 4, 0.5f, 10, 0.75f), // the denominator is mostly the sum
            (new(1, 3, 3, 4), 5, 1, 1, 0.75f), // the window is wider than the channels
            (new(2, 1, 2, 3), 2, 1, 2, 0.5f),
            (new(1, 20, 5, 1), 1, 1, 0, 0.75f),
            (new(3, 4, 1, 1), 2, 1.5f, 0.25f, 1.25f),
            (new(1, 5, 7, 9), 2, 1, 1, 0.75f),
        ];
        foreach ((Shape input, int radius, float bias, float alpha, float beta) in lrns)
            yield return One(new LrnLayer("lrn", radius, bias, alpha, beta), input);

        (Shape Input, int Outputs, bool Bias)[] dense =
        [
            (new(2, 3, 5, 7), 11, true), // images, flattened
            (new(1, 37, 1, 1), 19, true),
            (new(3, 64, 1, 1), 16, false),
            (new(17, 5, 1, 1), 3, true),
            (new(1, 1, 1, 1), 1, true),
            (new(2, 16, 3, 3), 33, false),
            (new(5, 129, 1, 1), 65, true),
            (new(1, 18, 3, 3), 35, true), // images of a batch of one
        ];
        foreach ((Shape input, int outputs, bool bias) in dense)
        {
            var layer = new FullyConnectedLayer("fc", outputs, bias, Unused, Unused);
            yield return One(layer, input, name: $"fully connected to {outputs}{(bias ? "" : " without bias")}");
        }

        foreach (Shape shape in new Shape[] { new(2, 3, 5, 7), new(1, 16, 1, 1), new(3, 1, 1, 5) })
            yield return One(new FlattenLayer("flatten"), shape);

        foreach ((Shape shape, float keep) in new (Shape, float)[]
            { (new(2, 3, 5, 7), 0.5f), (new(3, 37, 1, 1), 0.9f), (new(1, 1, 1, 1), 0.5f), (new(1, 18, 2, 3), 1) })
        {
            foreach (bool drops in new[] { true, false })
                yield return Dropping(One(new DropoutLayer("dropout", keep), shape, name: $"dropout keep {keep} {(drops ? "on" : "off")}"), drops);
        }

        (Shape Input, InputKind Kind)[] softmaxes =
        [
            (new(3, 10, 1, 1), InputKind.Uniform), (new(1, 1, 1, 1), InputKind.Uniform), (new(2, 33, 1, 1), InputKind.Wide), (new(2, 7, 1, 1), InputKind.Large),
            (new(1, 1000, 1, 1), InputKind.Uniform),
        ];
        foreach ((Shape input, InputKind kind) in softmaxes)
        {
            Network network = new NetworkBuilder("softmax", input.C, 1, 1).Flatten().Softmax().L2Loss().Build();
            yield return new LayerCase($"softmax of {kind} {input}", network, input.N, kind);
        }

        foreach ((Shape input, InputKind kind) in new (Shape, InputKind)[]
            {
                (new(3, 10, 1, 1), InputKind.Uniform), (new(4, 33, 1, 1), InputKind.Coarse),
                (new(1, 1, 1, 1), InputKind.Uniform), (new(2, 1000, 1, 1), InputKind.Coarse),
            })
        {
            Network network = new NetworkBuilder("argmax", input.C, 1, 1).Flatten().L2Loss().ArgMax().Build();
            yield return new LayerCase($"argmax of {kind} {input}", network, input.N, kind);
        }
    }

    private static IEnumerable<LayerCase> Losses()
    {
        // A layer of weights before each loss: the loss's own input is then no plain input either.
        foreach ((Shape input, int classes, InputKind kind) in new (Shape, int, InputKind)[]
            {
                (new(3, 5, 2, 2), 10, InputKind.Uniform), (new(1, 4, 1, 1), 33, InputKind.Uniform),
                (new(2, 3, 1, 1), 1, InputKind.Uniform), (new(5, 7, 1, 1), 3, InputKind.Wide),
            })
        {
            Network l2 = new NetworkBuilder("l2", input.C, input.H, input.W).FullyConnected("fc", classes).L2Loss().Build();
            yield return new LayerCase($"l2 loss of {classes} from {kind} {input}", l2, input.N, kind);
            Network entropy = new NetworkBuilder("entropy", input.C, input.H, input.W).FullyConnected("fc", classes).SoftmaxCrossEntropy().Build();
            yield return new LayerCase($"softmax cross-entropy of {classes} classes from {kind} {input}", entropy, input.N, kind);
        }

        foreach ((Shape input, InputKind kind) in new (Shape, InputKind)[]
            { (new(3, 7, 1, 1), InputKind.Large), (new(2, 5, 1, 1), InputKind.Wide), (new(1, 1000, 1, 1), InputKind.Uniform) })
        {
            Network network = new NetworkBuilder("entropy", input.C, 1, 1).Flatten().SoftmaxCrossEntropy().Build();
            yield return new LayerCase($"softmax cross-entropy of {kind} {input}", network, input.N, kind);
        }
    }

    private static IEnumerable<LayerCase> Chains()
    {
        Padding same = Padding.Same, valid = Padding.Valid;
        foreach ((Shape input, int filters) in new (Shape, int)[] { (new(2, 3, 9, 9), 5), (new(1, 16, 7, 7), 16), (new(1, 5, 8, 6), 17) })
        {
            NetworkBuilder From(string name) => new(name, input.C, input.H, input.W);
            LayerCase Case(string what, NetworkBuilder builder) => new($"{what} of {input} to {filters}", builder.L2Loss().Build(), input.N);

            yield return Case("conv relu", From("chain").Convolution("conv", filters, 3).Relu());
            yield return Case("conv relu without bias", From("chain").Convolution("conv", filters, 3, bias: false).Relu());
            yield return Case("conv pool", From("chain").Convolution("conv", filters, 3).MaxPool("pool", 2, 2, same));
            yield return Case("conv relu pool", From("chain").Convolution("conv", filters, 3).Relu().MaxPool("pool", 2, 2, same));
            yield return Case("conv relu lrn", From("chain").Convolution("conv", filters, 3, 2).Relu().Lrn("lrn", 2, 1, 0.1f, 0.75f));
            yield return Case("conv lrn pool",
                From("chain").Convolution("conv", filters, 3, 1, valid, bias: false).Lrn("lrn", 2, 1, 0.1f, 0.75f).MaxPool("pool", 3, 2, same));
            yield return Case("conv relu lrn pool",
                From("chain").Convolution("conv", filters, 3).Relu().Lrn("lrn", 2, 1, 0.1f, 0.75f).MaxPool("pool", 3, 2));
            yield return Case("conv relu wide lrn pool",
                From("chain").Convolution("conv", filters, 5, 2).Relu().Lrn("lrn", 5, 2, 0.5f, 0.5f).MaxPool("pool", 3, 1, valid));
            yield return Case("conv relu pool lrn",
                From("chain").Convolution("conv", filters, 3).Relu().MaxPool("pool", 3, 2).Lrn("lrn", 2, 1, 0.1f, 0.75f));
            yield return Case("conv pool lrn", From("chain").Convolution("conv", filters, 3, 1, valid).MaxPool("pool", 2, 1).Lrn("lrn", 1, 1, 0.2f, 0.75f));
            yield return Case("conv average pool relu", From("chain").Convolution("conv", filters, 3).AveragePool("pool", 3, 2, same).Relu());
            yield return Dropping(Case("conv relu dropout", From("chain").Convolution("conv", filters, 3).Relu().Dropout(0.5f)), true);
            yield return Dropping(
                Case("conv relu flatten fc relu dropout fc",
                    From("chain").Convolution("conv", filters, 3, 3).Relu().Flatten().FullyConnected("fc1", 9).Relu().Dropout(0.5f).FullyConnected("fc2", 7)),
                true);
            yield return Case("conv relu conv relu pool fc",
                From("chain").Convolution("conv1", filters, 3).Relu().Convolution("conv2", 7, 3, 2).Relu().MaxPool("pool", 2, 2, same).FullyConnected("fc", 5));
        }

        foreach ((Shape input, int outputs) in new (Shape, int)[] { (new(2, 3, 3, 3), 13), (new(1, 32, 1, 1), 16), (new(5, 19, 1, 1), 33) })
        {
            NetworkBuilder From() => new("chain", input.C, input.H, input.W);
            LayerCase Case(string what, NetworkBuilder builder) => new($"{what} of {input} to {outputs}", builder.L2Loss().Build(), input.N);

            yield return Case("fc relu", From().FullyConnected("fc", outputs).Relu());
            yield return Case("fc relu without bias", From().FullyConnected("fc", outputs, bias: false).Relu());
            yield return Dropping(Case("fc relu dropout", From().FullyConnected("fc", outputs).Relu().Dropout(0.75f)), true);
            yield return Dropping(Case("fc dropout off relu", From().FullyConnected("fc", outputs).Dropout(0.5f).Relu()), false);
            yield return Dropping(Case("dropout fc relu fc", From().Dropout(0.5f).FullyConnected("fc1", 11).Relu().FullyConnected("fc2", outputs)), true);
            yield return Case("fc relu fc softmax", From().FullyConnected("fc1", outputs).Relu().FullyConnected("fc2", 6).Softmax());
        }

        // The gradient at a tie, with gradients from above that are not 0 there (as they are where the loss is taken at once).
        const InputKind coarse = InputKind.Coarse;
        yield return new LayerCase("relu fc with zeros",
            new NetworkBuilder("ties", 3, 4, 5).Relu("relu").FullyConnected("fc", 7).L2Loss().Build(), 2, coarse);
        yield return new LayerCase("relu conv with zeros",
            new NetworkBuilder("ties", 3, 6, 5).Relu("relu").Convolution("conv", 4, 3).L2Loss().Build(), 2, coarse);
        yield return new LayerCase("relu pool conv with ties",
            new NetworkBuilder("ties", 3, 7, 7).Relu("relu").MaxPool("pool", 3, 2).Convolution("conv", 4, 3).L2Loss().Build(), 2, coarse);
        yield return new LayerCase("relu pool lrn fc with ties",
            new NetworkBuilder("ties", 5, 7, 7).Relu("relu").MaxPool("pool", 3, 2).Lrn("lrn", 2, 1, 0.1f, 0.75f).FullyConnected("fc", 4).L2Loss().Build(), 1, coarse);
        yield return new LayerCase("pool lrn fc with ties",
            new NetworkBuilder("ties", 5, 7, 6).MaxPool("pool", 2, 1).Lrn("lrn", 1, 1, 0.1f, 0.75f).FullyConnected("fc", 4).L2Loss().Build(), 2, coarse);

        // The loss's scores are read by a softmax and an argmax too, as in the networks for classification.
        yield return new LayerCase("conv relu fc with loss, softmax and argmax",
            new NetworkBuilder("classes", 3, 6, 6).Convolution("conv", 5, 3).Relu().FullyConnected("fc", 10).SoftmaxCrossEntropy().Softmax().ArgMax().Build(), 3);
    }

    private static LayerCase Dropping(LayerCase other, bool drops) =>
        new(other.Name, other.Network, other.Batch, other.Kind) { Dropout = drops };
}
