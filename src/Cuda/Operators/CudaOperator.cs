using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Devices;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>
/// An operator of the CUDA device. Its passes only put work into the session's stream: the same calls run at once, or are captured into a graph.
/// </summary>
internal abstract class CudaOperator(CudaSession session) : IOperator
{
    /// <inheritdoc/>
    public abstract OperatorNeeds Needs { get; }

    /// <inheritdoc/>
    public abstract string Algorithm { get; }

    protected CudaSession Session { get; } = session;

    protected Bindings Bindings { get; private set; } = new();

    /// <inheritdoc/>
    public void Bind(Bindings bindings)
    {
        Bindings = bindings;
        using CudaContext.Scope scope = Session.Enter();
        Bound();
    }

    /// <summary>Enqueues the forward pass, or the update.</summary>
    /// <exception cref="CudaException">A call failed.</exception>
    internal abstract void Forward();

    /// <summary>Enqueues the backward pass.</summary>
    /// <exception cref="CudaException">A call failed.</exception>
    internal virtual void Backward() => throw new InvalidOperationException($"{GetType().Name} was made without a backward pass.");

    /// <summary>The launches that look for what is not finite in the gradients this operator writes, and set the state's flag if there is any.</summary>
    /// <param name="input">Whether to look into the input's gradient too.</param>
    internal IEnumerable<KernelLaunch> Scans(bool input) =>
        from gradient in input && Bindings.InputGradient is { } first ? Bindings.ParameterGradients.Append(first) : Bindings.ParameterGradients
        select ReduceKernels.NonfiniteScan(Address(gradient), Formats.ElementsOf(gradient.Format), Session.State, Formats.StorageOf(gradient.Format));

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The buffers have been given: launches can be prepared.</summary>
    protected abstract void Bound();

    /// <summary>The format for a layer that works in any order of the elements: the order its input is in, in the session's storage.</summary>
    protected TensorFormat Kept(Region region) =>
        Formats.Of(region.Layers[0].Inputs[0], Session.Storage, region.Inputs[0] is DeviceFormat given ? given.ChannelsLast : 0);

    /// <summary>The device address of the gradient of the layer's weights or biases; 0 where it is not wanted.</summary>
    protected ulong GradientOf(ParameterRole role)
    {
        for (int i = 0; i < Needs.ParameterGradients.Count; i++)
            if (Needs.ParameterGradients[i].Parameter.Role == role) return Address(Bindings.ParameterGradients[i]);
        return 0;
    }

    /// <summary>The device address of a buffer of this device; 0 for no buffer.</summary>
    protected static ulong Address(IBuffer? buffer) => buffer is null ? 0 : ((CudaBuffer)buffer).Address;
}

/// <summary>An operator whose passes are nothing but launches of our own kernels.</summary>
internal abstract class KernelOperator(CudaSession session) : CudaOperator(session)
{
    private LaunchList? _forward, _backward;

    internal sealed override void Forward() => _forward!.Start();

    internal sealed override void Backward() => _backward!.Start();

    public sealed override void Dispose()
    {
        _forward?.Dispose();
        _backward?.Dispose();
    }

    protected sealed override void Bound()
    {
        _forward = new LaunchList(Session, ForwardLaunches());
        _backward = new LaunchList(Session, Bindings.OutputGradient is null && !IsLoss ? [] : BackwardLaunches());
    }

    /// <summary>Whether the output's gradient is 1 and not given.</summary>
    protected virtual bool IsLoss => false;

    protected abstract IEnumerable<KernelLaunch> ForwardLaunches();

    /// <summary>The backward pass; asked for only where one is wanted.</summary>
    protected abstract IEnumerable<KernelLaunch> BackwardLaunches();
}
