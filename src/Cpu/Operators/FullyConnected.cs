using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>A fully connected layer, with a rectifier where it follows. Images are read in their blocked order: the weights are packed to match.</summary>
internal sealed unsafe class FullyConnected<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly PackRows<T> _packInput, _packGradient;
    private readonly ProductTask _forward;
    private readonly TransposedProduct<T>? _inputGradient;
    private readonly PackedOuterProduct<T>? _weightGradient;
    private readonly ReluBiasGradient<T>? _reluBias;
    private readonly bool _hasBias, _single; // a batch of one
    private float* _input, _packedForward, _packedBackward;

    public FullyConnected(Region region, int threads)
    {
        ShapedLayer shaped = region.Layers[0];
        var layer = (FullyConnectedLayer)shaped.Layer;
        Shape input = shaped.Inputs[0];
        bool relu = region.Layers.Count == 2;
        var inputFormat = new BlockedFormat(input);
        var outputFormat = new BlockedFormat(shaped.Output);
        int inputBlocks = inputFormat.Blocks * inputFormat.Pixels;
        IReadOnlyList<ParameterInfo> parameters = layer.GetParameters(input);
        Shape weightShape = parameters[0].Shape;
        _hasBias = layer.HasBias;
        _single = input.N == 1;
        _packInput = new PackRows<T>(input.N, inputBlocks);
        _packGradient = new PackRows<T>(input.N, outputFormat.Blocks);
        var panels = new FullyConnectedPanels(weightShape, input.C, inputFormat.Pixels);
        _forward = _single ? new RowProduct<T>(panels, relu) : new PackedProduct<T>(panels, input.N, outputFormat.Blocks, _packInput.BlockStride, relu);

        var needed = new List<ParameterNeed> { new(parameters[0], panels) };
        var gradients = new List<ParameterNeed>();
        BiasFormat? biasFormat = _hasBias ? new BiasFormat(parameters[1].Shape, 1) : null;
        if (biasFormat is not null) needed.Add(new(parameters[1], biasFormat));
        bool weights = region.ParameterGradients.Contains(parameters[0].Name), biases = _hasBias && region.ParameterGradients.Contains(parameters[1].Name);
        if (weights)
        {
            gradients.Add(new(parameters[0], panels));
            _weightGradient = new PackedOuterProduct<T>(panels, input.N, outputFormat.Blocks, _packInput.BlockStride);
        }

        if (biases) gradients.Add(new(parameters[1], biasFormat!));
        if (region.Backward) _reluBias = new ReluBiasGradient<T>(outputFormat, biases ? biasFormat : null, relu);
        if (region.InputGradient) _inputGradient = new TransposedProduct<T>(panels, input.N, _packGradient.BlockStride, threads);
        Needs = new OperatorNeeds
        {
            Inputs = [inputFormat],
            Output = outputFormat,
            Parameters = needed,
            ParameterGradients = gradients,
            ForwardWorkspaceBytes = _single ? 0 : _packInput.PackedBytes,
            BackwardWorkspaceBytes = _packInput.PackedBytes + _packGradient.PackedBytes + (_inputGradient?.ScratchBytes ?? 0),
            BackwardReadsInput = weights,
            BackwardReadsOutput = relu,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => _single ? "packed GEMV" : "packed GEMM";

    public override void Bind(Bindings bindings)
    {
        _input = Floats(bindings.Inputs[0]);
        _packedForward = Floats(bindings.ForwardWorkspace);
        _packedBackward = Floats(bindings.BackwardWorkspace);
        float* output = Floats(bindings.Output), gradient = Floats(bindings.OutputGradient);
        _forward.Bind(_single ? _input : _packedForward, Floats(bindings.Parameters[0]), _hasBias ? Floats(bindings.Parameters[1]) : null, output);
        if (bindings.BackwardWorkspace is null) return;
        float* packedGradient = _packedBackward + (_packInput.PackedBytes / sizeof(float));
        _packGradient.Bind(gradient, packedGradient);
        int bound = 0;
        if (_weightGradient is not null) _weightGradient.Bind(_packedBackward, packedGradient, Floats(bindings.ParameterGradients[bound++]));
        _reluBias!.Bind(output, gradient, bound < bindings.ParameterGradients.Count ? Floats(bindings.ParameterGradients[bound]) : null);
        _inputGradient?.Bind(packedGradient, Floats(bindings.Parameters[0]), null, Floats(bindings.InputGradient), packedGradient + (_packGradient.PackedBytes / sizeof(float)));
    }

    public override void Forward(ThreadTeam team, in StepState state)
    {
        if (!_single)
        {
            _packInput.Bind(_input, _packedForward);
            team.Run(_packInput, _packInput.Parts);
        }

        _forward.Run(team);
    }

    public override void Backward(ThreadTeam team, in StepState state)
    {
        if (_reluBias!.Parts > 0) team.Run(_reluBias, _reluBias.Parts);
        team.Run(_packGradient, _packGradient.Parts);
        if (_weightGradient is not null)
        {
            _packInput.Bind(_input, _packedBackward);
            team.Run(_packInput, _packInput.Parts);
            team.Run(_weightGradient, _weightGradient.Parts);
        }

        _inputGradient?.Run(team);
    }
}
