using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>
/// A convolution, with biases and a rectifier where they follow, as products of gathered pieces of the input with packed weights. Reads blocked channels, or, where there are too few
/// channels to fill a block, padded pixels or cells of a stride.
/// </summary>
internal sealed unsafe class Convolution<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly ProductTask _forward;
    private readonly IFilterGradient? _filterGradient;
    private readonly ProductTask[] _inputGradient;
    private readonly ReluBiasGradient<T>? _reluBias;
    private readonly bool _hasBias;

    /// <summary>A convolution.</summary>
    /// <param name="region">The convolution, and a rectifier.</param>
    /// <param name="options">The device's options.</param>
    /// <param name="gradientIsRectified">Whether whoever writes the gradient of the output does the rectifier's part, and the biases', too.</param>
    public Convolution(Region region, CpuDeviceOptions options, bool gradientIsRectified = false)
    {
        int threads = options.Threads;
        ShapedLayer shaped = region.Layers[0];
        var layer = (ConvolutionLayer)shaped.Layer;
        Shape input = shaped.Inputs[0], output = shaped.Output;
        bool relu = region.Layers.Count == 2;
        WindowGeometry window = layer.Window.Resolve(layer.Name, input.H, input.W);
        IReadOnlyList<ParameterInfo> parameters = layer.GetParameters(input);
        _hasBias = layer.HasBias;
        // The transformations' sums nearly cancel: with two roundings a multiplication they err by more than the rules of whole networks allow.
        bool minimal = !options.Exact && T.Fused, blocked = region.Inputs[0] is BlockedFormat || input.C >= Tile.Block || layer.Groups > 1;
        WinogradKind winograd = !minimal ? WinogradKind.None
            : blocked ? WinogradChoice.Choose(layer, window, input, output)
            : region.InputGradient ? WinogradKind.None : WinogradChoice.ChooseByPhases(window, input, output);
        ImageFormat inputFormat = blocked ? new BlockedFormat(input) : winograd != WinogradKind.None ? Phases(window, input) : Pixels(window, input);
        var outputFormat = new BlockedFormat(output);
        Shape weightShape = parameters[0].Shape;
        PanelFormat panels = inputFormat is PixelFormat ? new PixelPanels(weightShape)
            : new ConvolutionPanels(weightShape, layer.Groups, inputFormat is PhaseFormat ? window.StrideHeight : 1);
        var shape = new ConvolutionShape(window, layer.Groups, weightShape, inputFormat, outputFormat, panels, threads);
        ConvolutionTasks tasks = winograd switch
        {
            WinogradKind.F4x3 => new WinogradTasks<T, Winograd4x3, Winograd4x3>(shape),
            WinogradKind.F5x3 => new WinogradTasks<T, Winograd5x3, Winograd4x3>(shape),
            WinogradKind.F4x5 => new WinogradTasks<T, Winograd4x5, Winograd4x5>(shape),
            _ => new DirectTasks<T>(shape),
        };
        _forward = tasks.Forward(relu);

        var needed = new List<ParameterNeed> { new(parameters[0], tasks.ForwardWeights) };
        var gradients = new List<ParameterNeed>();
        BiasFormat? biasFormat = _hasBias ? new BiasFormat(parameters[1].Shape, layer.Groups) : null;
        if (biasFormat is not null) needed.Add(new(parameters[1], biasFormat));
        bool filters = region.ParameterGradients.Contains(parameters[0].Name), biases = _hasBias && region.ParameterGradients.Contains(parameters[1].Name);
        long backwardScratch = 0;
        if (filters)
        {
            gradients.Add(new(parameters[0], panels));
            _filterGradient = tasks.FilterGradient();
            backwardScratch = _filterGradient.ScratchBytes;
        }

        if (biases) gradients.Add(new(parameters[1], biasFormat!));
        BiasGradient = biases ? biasFormat : null;
        if (region.Backward && !gradientIsRectified) _reluBias = new ReluBiasGradient<T>(outputFormat, BiasGradient, relu);
        _inputGradient = [];
        if (region.InputGradient)
        {
            (ProductTask Task, TensorFormat Weights)[] phases = [.. tasks.InputGradient()];
            _inputGradient = [.. phases.Select(p => p.Task)];
            needed.AddRange(phases.Select(p => new ParameterNeed(parameters[0], p.Weights)));
            backwardScratch = Math.Max(backwardScratch, _inputGradient.Max(p => p.ScratchBytes));
        }

        Algorithm = tasks.Algorithm;
        Needs = new OperatorNeeds
        {
            Inputs = [inputFormat],
            Output = outputFormat,
            Parameters = needed,
            ParameterGradients = gradients,
            ForwardWorkspaceBytes = _forward.ScratchBytes,
            BackwardWorkspaceBytes = backwardScratch,
            BackwardReadsInput = filters,
            BackwardReadsOutput = relu,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm { get; }

    /// <summary>Images of too few channels to fill a block, in cells of a stride: those that windows reach, or that have pixels.</summary>
    private static PhaseFormat Phases(WindowGeometry window, Shape input)
    {
        int stride = window.StrideHeight, taps = (window.KernelHeight + stride - 1) / stride;
        int height = Math.Max(window.OutputHeight + taps - 1, (window.PadTop + input.H + stride - 1) / stride);
        int width = Math.Max(window.OutputWidth + taps - 1, (window.PadLeft + input.W + stride - 1) / stride);
        return new PhaseFormat(input, stride, window.PadTop, window.PadLeft, height, width);
    }

    /// <summary>The same, as padded pixels.</summary>
    private static PixelFormat Pixels(WindowGeometry window, Shape input)
    {
        // Rows and columns that windows reach beyond the image; a last tile of pixels reads as if all its outputs were there.
        int bottom = Math.Max(0, ((window.OutputHeight - 1) * window.StrideHeight) + window.KernelHeight - window.PadTop - input.H);
        int right = Math.Max(0, ((window.OutputWidth - 1) * window.StrideWidth) + window.KernelWidth - window.PadLeft - input.W);
        return new PixelFormat(input, window.PadTop, window.PadLeft, bottom, right, Tile.Rows * ((window.StrideWidth * input.C) + 1));
    }

    /// <summary>The format of the biases' gradient, the last of the parameters' gradients; null where it is not wanted.</summary>
    public BiasFormat? BiasGradient { get; }

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

    public override void Forward(ThreadTeam team, in StepState state) => _forward.Run(team);

    public override void Backward(ThreadTeam team, in StepState state)
    {
        if (_reluBias is { Parts: > 0 }) team.Run(_reluBias, _reluBias.Parts);
        _filterGradient?.Run(team);
        foreach (ProductTask phase in _inputGradient) phase.Run(team);
    }
}
