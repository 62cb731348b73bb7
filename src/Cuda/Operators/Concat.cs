using AlexNetCuda.Devices;

namespace AlexNetCuda.Cuda;

/// <summary>Concatenation along dimension 1. In NCHW each input's part of an image is one run of memory: a copy an image and input, and back for the gradients.</summary>
internal sealed class Concat : CudaOperator
{
    private readonly string _copying;
    private ulong[] _inputs = [], _gradients = [];
    private ulong _output, _outputGradient;

    internal Concat(CudaSession session, Region region)
        : base(session)
    {
        _copying = $"concatenating for layer '{region.Name}'";
        Needs = new OperatorNeeds
        {
            Inputs = [.. region.Layers[0].Inputs.Select(shape => Formats.Of(shape, session.Storage))],
            Output = Formats.Of(region.Output, session.Storage),
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "copies";

    public override void Dispose()
    {
        // Nothing is held.
    }

    internal override void Forward()
    {
        ulong to = _output;
        for (int n = 0; n < Needs.Output.Logical.N; n++)
        {
            for (int i = 0; i < _inputs.Length; i++)
            {
                ulong bytes = ImageBytes(i);
                Copy(_inputs[i] + ((ulong)n * bytes), to, bytes);
                to += bytes;
            }
        }
    }

    internal override void Backward()
    {
        ulong from = _outputGradient;
        for (int n = 0; n < Needs.Output.Logical.N; n++)
        {
            for (int i = 0; i < _gradients.Length; i++)
            {
                ulong bytes = ImageBytes(i);
                if (_gradients[i] != 0) Copy(from, _gradients[i] + ((ulong)n * bytes), bytes);
                from += bytes;
            }
        }
    }

    protected override void Bound()
    {
        (_inputs, _gradients) = ([.. Bindings.Inputs.Select(Address)], [.. Bindings.InputGradients.Select(Address)]);
        (_output, _outputGradient) = (Address(Bindings.Output), Address(Bindings.OutputGradient));
    }

    private ulong ImageBytes(int input) => (ulong)(Needs.Inputs[input].Bytes / Needs.Output.Logical.N);

    private void Copy(ulong from, ulong to, ulong bytes) =>
        Session.Check(Session.Driver.MemcpyDtoDAsync(to, from, (nuint)bytes, Session.Stream), "cuMemcpyDtoDAsync_v2", _copying);
}
