using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cuda;

/// <summary>
/// A fully connected layer, alone or with the ReLU behind it: Y = relu(X W^T + b) for X [N, I], W [O, I]. To cuBLAS, which is column-major, the row-major
/// tensors are X^T, W^T and Y^T; so Y^T = W X^T is the product of W^T, transposed, and X^T. Biases and products' sums are float32.
/// </summary>
internal sealed unsafe class FullyConnected : CudaOperator
{
    private readonly int _batch, _inputs, _outputs;
    private readonly bool _relu, _hasBias;
    private readonly Storage _storage;
    private readonly ImageShape _shape;
    private LtProduct? _fused;
    private LaunchList? _biasRelu, _backward;
    private ulong _x, _w, _y, _dx, _dy, _dw;

    internal FullyConnected(CudaSession session, Region region)
        : base(session)
    {
        var layer = (FullyConnectedLayer)region.Layers[0].Layer;
        Shape input = region.Layers[0].Inputs[0];
        (_batch, _inputs, _outputs) = (input.N, checked((int)input.CountPerImage), layer.Outputs);
        _relu = region.Layers.Count > 1;
        _hasBias = layer.HasBias;
        _storage = session.Storage;
        _shape = new ImageShape(_batch, _outputs, 1);
        // Behind a convolution in NHWC the pixels' order is another one: then the weights' columns are in that order too, and nothing is moved.
        int channelsLast = region.Inputs[0] is DeviceFormat given ? given.ChannelsLast : 0;
        ParameterInfo[] parameters = [.. layer.GetParameters(input)];
        ParameterNeed Need(ParameterInfo p, Storage storage) =>
            new(p, p.Role == ParameterRole.Weights ? Formats.Of(p.Shape, storage, channelsLast) : Formats.Of(p.Shape, Storage.Float32));
        // cuBLAS writes float32 gradients of 16-bit operands: they need no rounding that the update would have to live with.
        ParameterNeed[] gradients = [.. parameters.Where(p => region.ParameterGradients.Contains(p.Name)).Select(p => Need(p, Storage.Float32))];
        Needs = new OperatorNeeds
        {
            Inputs = [Formats.Of(input, _storage, channelsLast)],
            Output = Formats.Of(region.Output, _storage),
            // cublasLt wants the bias in the output's type, our own kernel in float32.
            Parameters = [.. parameters.Select(p => Need(p, _storage)), .. parameters.Where(p => p.Role == ParameterRole.Biases && _storage != Storage.Float32).Select(
                p => new ParameterNeed(p, Formats.Of(p.Shape, _storage)))],
            ParameterGradients = gradients,
            BackwardReadsInput = gradients.Any(g => g.Parameter.Role == ParameterRole.Weights),
            BackwardReadsOutput = _relu && region.Backward,
            BackwardWorkspaceBytes = region.Backward ? 4 * BiasReluKernels.WorkspaceFloats(_shape, _storage) : 0,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => _fused is not null ? "cublasLt" : "cublas";

    public override void Dispose()
    {
        _fused?.Dispose();
        _biasRelu?.Dispose();
        _backward?.Dispose();
    }

    internal override void Forward()
    {
        if (_fused is not null)
        {
            _fused.Run();
            return;
        }

        Multiply(CublasOperation.T, CublasOperation.N, _outputs, _batch, _inputs, _w, _inputs, _x, _inputs, _y, _outputs, _storage);
        _biasRelu!.Start();
    }

    internal override void Backward()
    {
        _backward!.Start();
        if (_dw != 0) Multiply(CublasOperation.N, CublasOperation.T, _inputs, _outputs, _batch, _x, _inputs, _dy, _outputs, _dw, _inputs, Storage.Float32);
        if (_dx != 0) Multiply(CublasOperation.N, CublasOperation.N, _inputs, _batch, _outputs, _w, _inputs, _dy, _outputs, _dx, _inputs, _storage);
    }

    protected override void Bound()
    {
        (_x, _w, _y) = (Address(Bindings.Inputs[0]), Address(Bindings.Parameters[0]), Address(Bindings.Output));
        ulong bias = _hasBias ? Address(Bindings.Parameters[1]) : 0;
        if (_hasBias)
            _fused = LtProduct.TryCreate(Session, new LtShape(_outputs, _batch, _inputs, _relu), _w, _x, Address(Bindings.Parameters[^1]), _y);
        if (_fused is null)
            _biasRelu = new LaunchList(Session, _hasBias || _relu ? [BiasReluKernels.Forward(_y, bias, _y, _shape, _relu, _storage)] : []);
        if (Bindings.OutputGradient is null) return;
        (_dx, _dy, _dw) = (Address(Bindings.InputGradient), Address(Bindings.OutputGradient), GradientOf(ParameterRole.Weights));
        ulong biasGradient = GradientOf(ParameterRole.Biases);
        // The gradient of the output is this operator's to overwrite: the ReLU's is taken in place.
        IEnumerable<KernelLaunch> backward = biasGradient != 0
            ? BiasReluKernels.Backward(_relu ? _y : 0, _dy, _dy, biasGradient, Address(Bindings.BackwardWorkspace), _shape, _storage)
            : _relu ? [BiasReluKernels.ReluBackward(_y, _dy, _dy, _shape.Count, _storage)] : [];
        _backward = new LaunchList(Session, backward);
    }

    private void Multiply(
        CublasOperation transA, CublasOperation transB, int m, int n, int k, ulong a, int lda, ulong b, int ldb, ulong c, int ldc, Storage output)
    {
        float one = 1, zero = 0;
        CudaDataType operand = CudaSession.TypeOf(_storage);
        CublasStatus status = Session.Blas.GemmEx(
            Session.BlasHandle, transA, transB, m, n, k, &one, (void*)a, operand, lda, (void*)b, operand, ldb, &zero, (void*)c, CudaSession.TypeOf(output), ldc,
            Session.ProductType, CublasGemmAlgo.Default);
        Session.Check(status, "cublasGemmEx", "multiplying for a fully connected layer");
        Session.Enqueued.LibraryCalls++;
    }
}
