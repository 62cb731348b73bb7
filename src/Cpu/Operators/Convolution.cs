using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution, with biases and a rectifier where they follow, as products of gathered pieces of the input with packed weights. Reads blocked channels, or plain NCHW where
/// there are too few channels to fill a block.
/// </summary>
internal sealed unsafe class Convolution<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly GatherProduct<T> _forward;
    private readonly FilterGradient<T>? _filterGradient;
    private readonly GatherProduct<T>[] _inputGradient;
    private readonly ReluBiasGradient<T>? _reluBias;
    private readonly bool _hasBias;

    public Convolution(Region region, int threads)
    {
        ShapedLayer shaped = region.Layers[0];
        var layer = (ConvolutionLayer)shaped.Layer;
        Shape input = shaped.Inputs[0], output = shaped.Output;
        bool relu = region.Layers.Count == 2;
        WindowGeometry window = layer.Window.Resolve(layer.Name, input.H, input.W);
        IReadOnlyList<ParameterInfo> parameters = layer.GetParameters(input);
        _hasBias = layer.HasBias;
        bool plain = region.Inputs[0] is PlainFormat && input.C < Tile.Block && layer.Groups == 1 && window.KernelWidth <= Tile.Block;

        TensorFormat inputFormat = plain ? new PlainFormat(input, ElementType.Float32) : new BlockedFormat(input);
        var outputFormat = new BlockedFormat(output);
        Shape weightShape = parameters[0].Shape;
        PanelFormat panels = plain ? new PlainConvolutionPanels(weightShape) : new ConvolutionPanels(weightShape, layer.Groups);
        var taps = from y in Enumerable.Range(0, window.KernelHeight) from x in Enumerable.Range(0, window.KernelWidth) select (y - window.PadTop, x - window.PadLeft);
        Gather gather = plain
            ? new PlainGather<T>(input, window)
            : new BlockedGather<T>((BlockedFormat)inputFormat, layer.Groups, [.. taps], window.StrideHeight, window.StrideWidth, window.OutputWidth);
        _forward = new GatherProduct<T>(gather, panels, outputFormat, new Grid(output.H, output.W, 1, 1, 0, 0), relu, threads);

        var needed = new List<ParameterNeed> { new(parameters[0], panels) };
        var gradients = new List<ParameterNeed>();
        BiasFormat? biasFormat = _hasBias ? new BiasFormat(parameters[1].Shape, layer.Groups) : null;
        if (biasFormat is not null) needed.Add(new(parameters[1], biasFormat));
        bool filters = region.ParameterGradients.Contains(parameters[0].Name), biases = _hasBias && region.ParameterGradients.Contains(parameters[1].Name);
        long backwardScratch = 0;
        if (filters)
        {
            gradients.Add(new(parameters[0], panels));
            _filterGradient = new FilterGradient<T>(gather, panels, outputFormat, threads);
            backwardScratch = _filterGradient.ScratchBytes;
        }

        if (biases) gradients.Add(new(parameters[1], biasFormat!));
        if (region.Backward) _reluBias = new ReluBiasGradient<T>(outputFormat, biases ? biasFormat : null, relu);
        _inputGradient = [];
        if (region.InputGradient)
        {
            ConvolutionPhase[] phases = ConvolutionPhase.Of(window);
            _inputGradient = new GatherProduct<T>[phases.Length];
            for (int i = 0; i < phases.Length; i++)
            {
                ConvolutionPhase phase = phases[i];
                var gradientPanels = new ConvolutionGradientPanels(weightShape, layer.Groups, phase);
                needed.Add(new(parameters[0], gradientPanels));
                var gradientGather = new BlockedGather<T>(outputFormat, layer.Groups, phase.Offsets(), 1, 1, phase.Width);
                var grid = new Grid(phase.Height, phase.Width, window.StrideHeight, window.StrideWidth, phase.Row, phase.Column);
                _inputGradient[i] = new GatherProduct<T>(gradientGather, gradientPanels, inputFormat, grid, relu: false, threads);
                backwardScratch = Math.Max(backwardScratch, _inputGradient[i].ScratchBytes);
            }
        }

        Algorithm = plain ? "direct, plain input" : "direct";
        Needs = new OperatorNeeds
        {
            Inputs = [inputFormat],
            Output = outputFormat,
            Parameters = needed,
            ParameterGradients = gradients,
            ForwardWorkspaceBytes = threads * _forward.ScratchBytes,
            BackwardWorkspaceBytes = threads * backwardScratch,
            BackwardReadsInput = filters,
            BackwardReadsOutput = relu,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm { get; }

    public override void Bind(Bindings bindings)
    {
        float* input = Floats(bindings.Inputs[0]), output = Floats(bindings.Output), gradient = Floats(bindings.OutputGradient);
        float* bias = _hasBias ? Floats(bindings.Parameters[1]) : null, scratch = Floats(bindings.BackwardWorkspace);
        _forward.Bind(input, Floats(bindings.Parameters[0]), bias, output, Floats(bindings.ForwardWorkspace));
        int bound = 0;
        if (_filterGradient is not null) _filterGradient.Bind(input, gradient, Floats(bindings.ParameterGradients[bound++]), scratch);
        _reluBias?.Bind(output, gradient, bound < bindings.ParameterGradients.Count ? Floats(bindings.ParameterGradients[bound]) : null);
        for (int i = 0; i < _inputGradient.Length; i++)
            _inputGradient[i].Bind(gradient, Floats(bindings.Parameters[(_hasBias ? 2 : 1) + i]), null, Floats(bindings.InputGradient), scratch);
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _forward.Parts);

    public override void Backward(ThreadTeam team, in StepState state)
    {
        if (_reluBias!.Parts > 0) team.Run(_reluBias, _reluBias.Parts);
        if (_filterGradient is not null) team.Run(_filterGradient, _filterGradient.Parts);
        foreach (GatherProduct<T> phase in _inputGradient) team.Run(phase, phase.Parts);
    }
}
