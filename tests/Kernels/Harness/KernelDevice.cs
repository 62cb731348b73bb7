using AlexNetCuda.Cuda.Kernels;
using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Where a test body runs: device memory, and launches that have come to their end when they return.</summary>
internal abstract class KernelDevice : IDisposable
{
    private const byte Poison = 0xff;

    /// <summary>Copies an array to the device.</summary>
    /// <param name="values">The values.</param>
    /// <param name="name">What reports call it.</param>
    /// <param name="skip">Elements in front of the first one, to take its alignment away.</param>
    internal ulong Upload<T>(T[] values, string name, int skip = 0)
        where T : unmanaged
    {
        var address = Output<T>(values.Length, name, skip);
        Write(address, values);
        return address;
    }

    /// <summary>Makes room for results. Each element's bits are ones: a NaN that <see cref="Download"/> recognises.</summary>
    internal unsafe ulong Output<T>(int count, string name, int skip = 0)
        where T : unmanaged
    {
        var bytes = (count + skip) * sizeof(T);
        var address = Allocate(bytes, name);
        var poison = new byte[bytes];
        Array.Fill(poison, Poison);
        Write(address, poison);
        return address + ((ulong)skip * (ulong)sizeof(T));
    }

    /// <summary>Copies results back, each of which must have been written.</summary>
    internal unsafe T[] Download<T>(ulong address, int count)
        where T : unmanaged
    {
        var values = new T[count];
        Read(address, values);
        Span<byte> poison = stackalloc byte[sizeof(T)];
        poison.Fill(Poison);
        for (var i = 0; i < count; i++)
        {
            var value = values[i];
            Assert.False(new ReadOnlySpan<byte>(&value, sizeof(T)).SequenceEqual(poison), $"element {i} of {count} was not written");
        }

        return values;
    }

    /// <summary>Copies results back, whatever they are.</summary>
    internal void Peek<T>(ulong address, T[] values)
        where T : unmanaged => Read(address, values);

    internal void Run(IEnumerable<KernelLaunch> launches)
    {
        foreach (var launch in launches)
        {
            Run(launch);
        }
    }

    internal abstract void Run(KernelLaunch launch);

    public abstract void Dispose();

    protected abstract ulong Allocate(int bytes, string name);

    protected abstract void Write<T>(ulong address, T[] values)
        where T : unmanaged;

    protected abstract void Read<T>(ulong address, T[] values)
        where T : unmanaged;
}
