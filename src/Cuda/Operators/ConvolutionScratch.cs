using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>Memory to try a convolution's algorithms on: trying overwrites outputs.</summary>
internal sealed class ConvolutionScratch : IDisposable
{
    private readonly CudaSession _session;
    private readonly Stack<DeviceAllocation> _made = new();

    /// <exception cref="Devices.DeviceOutOfMemoryException">The device has not that much left.</exception>
    internal ConvolutionScratch(CudaSession session, ConvolutionProblem p)
    {
        _session = session;
        long element = p.Type == CudnnDataType.Float ? 4 : 2, taps = (long)p.KernelHeight * p.KernelWidth;
        try
        {
            Buffers = new ConvolutionBuffers(
                Make(element * p.Images * p.Channels * p.Height * p.Width),
                Make(element * p.Filters * (p.Channels / p.Groups) * taps),
                Make(element * p.Images * p.Filters * p.OutputHeight * p.OutputWidth),
                Make(sizeof(float) * (long)p.Filters),
                Make(session.ConvolutionWorkspaceBytes),
                session.ConvolutionWorkspaceBytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal ConvolutionBuffers Buffers { get; }

    public void Dispose() => Disposal.All(_made);

    private ulong Make(long bytes)
    {
        if (bytes == 0) return 0;
        DeviceAllocation memory = _session.Allocate(bytes, "trying algorithms of a convolution");
        _made.Push(memory);
        return memory.Address;
    }
}
