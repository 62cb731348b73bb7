using AlexNetCuda.Cuda;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.KernelTools.SelfTesting;

/// <summary>Device memory of one check.</summary>
internal sealed class Operands(CudaSession session) : IDisposable
{
    private const byte NotANumber = 0xff; // in every storage

    private readonly Stack<DeviceAllocation> _memory = new();

    /// <summary>Memory with numbers in it.</summary>
    internal ulong Add(ReadOnlySpan<double> values, Storage storage)
    {
        byte[] bytes = Tensors.Encode(values, storage);
        ulong address = Raw(bytes.Length);
        session.Upload(address, bytes);
        return address;
    }

    /// <summary>Memory for results, full of NaN, so that what is not written shows.</summary>
    internal ulong Empty(long count, Storage storage)
    {
        var bytes = new byte[count * storage.Bytes()];
        Array.Fill(bytes, NotANumber);
        ulong address = Raw(bytes.Length);
        session.Upload(address, bytes);
        return address;
    }

    /// <summary>Memory as it comes; 0 for none.</summary>
    internal ulong Raw(long bytes)
    {
        if (bytes == 0) return 0;
        _memory.Push(session.Allocate(bytes, "checking", clear: false));
        return _memory.Peek().Address;
    }

    /// <summary>What all work so far has left.</summary>
    internal double[] Read(ulong address, long count, Storage storage)
    {
        var bytes = new byte[count * storage.Bytes()];
        session.Download(bytes, address);
        return Tensors.Decode(bytes, storage);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_memory.TryPop(out DeviceAllocation? memory)) memory.Dispose();
    }
}
