using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Blas;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Tests.Blas;

/// <summary>A column-major matrix of small numbers in device memory, amid a sentinel that nobody may touch.</summary>
internal sealed unsafe class DeviceMatrix
{
    private const float Sentinel = -77;

    private readonly DeviceMemory _memory;
    private readonly ElementKind _kind;

    internal DeviceMatrix(DeviceMemory memory, CudaDataType type, int rows, int columns, int padding = 0, int offset = 0, int seed = 0)
    {
        _memory = memory;
        Type = type;
        _kind = type.Kind()!.Value;
        Rows = rows;
        Columns = columns;
        LeadingDimension = Math.Max(1, rows + padding);
        Offset = offset;
        Allocation = memory.Allocate(((long)(LeadingDimension * columns) + offset + 16) * _kind.Size());
        Fill(Sentinel);
        var random = new Random(seed);
        Set((_, _) => (float)((random.NextDouble() * 2) - 1));
    }

    internal CudaDataType Type { get; }

    internal int Rows { get; }

    internal int Columns { get; }

    internal int LeadingDimension { get; }

    internal int Offset { get; }

    internal ulong Allocation { get; }

    internal ulong Address => Allocation + (ulong)(Offset * _kind.Size());

    internal void* Pointer => (void*)Address;

    internal float this[int row, int column] => _kind.Read(Host(), Index(row, column));

    internal void Set(Func<int, int, float> value)
    {
        nint host = Host();
        for (var j = 0; j < Columns; j++)
        {
            for (var i = 0; i < Rows; i++) _kind.Write(host, Index(i, j), value(i, j));
        }
    }

    internal void Set(float value) => Set((_, _) => value);

    /// <summary>The values as they are now.</summary>
    internal float[,] Values()
    {
        var values = new float[Rows, Columns];
        for (var j = 0; j < Columns; j++)
        {
            for (var i = 0; i < Rows; i++) values[i, j] = this[i, j];
        }

        return values;
    }

    /// <summary>Whether nothing before, between and after the columns has changed.</summary>
    internal bool IsUntouchedAround()
    {
        nint host = Host();
        for (var index = 0; index < (LeadingDimension * Columns) + Offset + 16; index++)
        {
            int inside = index - Offset;
            bool element = inside >= 0 && inside / LeadingDimension < Columns && inside % LeadingDimension < Rows;
            if (!element && _kind.Read(host, index) != Sentinel) return false;
        }

        return true;
    }

    private void Fill(float value)
    {
        nint host = Host();
        for (var i = 0; i < (LeadingDimension * Columns) + Offset + 16; i++) _kind.Write(host, i, value);
    }

    private long Index(int row, int column) => Offset + row + ((long)column * LeadingDimension);

    private nint Host() => _memory.HostPointer(Allocation, 1);
}
