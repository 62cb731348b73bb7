using System.Runtime.InteropServices;
using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.Cuda;

/// <summary>Canonical float32 to and from a <see cref="DeviceFormat"/>'s bytes, on the host: for parameters, and for what is read after a run.</summary>
internal static class HostConversion
{
    /// <summary>Canonical values as the format's bytes. Margins become 0; 16-bit values are rounded to nearest, ties to even.</summary>
    /// <param name="format">The format.</param>
    /// <param name="canonical">All elements in row-major order.</param>
    /// <param name="bytes">Takes the format's bytes.</param>
    internal static void Pack(DeviceFormat format, ReadOnlySpan<float> canonical, Span<byte> bytes)
    {
        bytes.Clear();
        if (format.Storage == Storage.Float32) Place(format, canonical, MemoryMarshal.Cast<byte, float>(bytes), static v => v);
        else if (format.Storage == Storage.Float16) Place(format, canonical, MemoryMarshal.Cast<byte, Half>(bytes), static v => (Half)v);
        else Place(format, canonical, MemoryMarshal.Cast<byte, ushort>(bytes), ToBFloat16);
    }

    /// <summary>The format's bytes as canonical values.</summary>
    /// <param name="format">The format.</param>
    /// <param name="bytes">The format's bytes.</param>
    /// <param name="canonical">Takes all elements in row-major order.</param>
    internal static void Unpack(DeviceFormat format, ReadOnlySpan<byte> bytes, Span<float> canonical)
    {
        if (format.Storage == Storage.Float32) Gather(format, MemoryMarshal.Cast<byte, float>(bytes), canonical, static v => v);
        else if (format.Storage == Storage.Float16) Gather(format, MemoryMarshal.Cast<byte, Half>(bytes), canonical, static v => (float)v);
        else Gather(format, MemoryMarshal.Cast<byte, ushort>(bytes), canonical, static v => BitConverter.UInt32BitsToSingle((uint)v << 16));
    }

    private static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    private static void Place<T>(DeviceFormat format, ReadOnlySpan<float> canonical, Span<T> memory, Func<float, T> convert)
    {
        int i = 0;
        foreach (long at in new Offsets(format)) memory[(int)at] = convert(canonical[i++]);
    }

    private static void Gather<T>(DeviceFormat format, ReadOnlySpan<T> memory, Span<float> canonical, Func<T, float> convert)
    {
        int i = 0;
        foreach (long at in new Offsets(format)) canonical[i++] = convert(memory[(int)at]);
    }

    /// <summary>The places of the elements in memory, in canonical order.</summary>
    private struct Offsets
    {
        private readonly long _outers, _outerStep, _channelStep, _rowStep, _columnStep;
        private readonly int _channels, _rows, _columns, _top, _left, _block;
        private long _outer;
        private int _channel, _row, _column;

        internal Offsets(DeviceFormat format)
        {
            (_outers, _channels, _rows, _columns) = format.Dimensions;
            (_top, _left, _block) = (format.Top, format.Left, format.Block);
            int height = (_rows + format.Top + format.Bottom) / _block, width = (_columns + format.Left + format.Right) / _block;
            int channels = _channels * _block * _block; // of memory
            _outerStep = (long)channels * height * width;
            bool last = format.ChannelsLast > 0;
            (_channelStep, _columnStep) = last ? (1, channels) : ((long)height * width, 1);
            _rowStep = _columnStep * width;
            _column = -1;
        }

        public readonly long Current
        {
            get
            {
                (int row, int y) = Math.DivRem(_row + _top, _block);
                (int column, int x) = Math.DivRem(_column + _left, _block);
                int channel = (((y * _block) + x) * _channels) + _channel;
                return (_outer * _outerStep) + (channel * _channelStep) + (row * _rowStep) + (column * _columnStep);
            }
        }

        public readonly Offsets GetEnumerator() => this;

        public bool MoveNext()
        {
            if (++_column < _columns) return true;
            _column = 0;
            if (++_row < _rows) return true;
            _row = 0;
            if (++_channel < _channels) return true;
            _channel = 0;
            return ++_outer < _outers;
        }
    }
}
