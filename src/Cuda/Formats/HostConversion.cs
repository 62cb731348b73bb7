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
        if (format.Storage == Storage.Float32) Place<Float32, float>(format, canonical, MemoryMarshal.Cast<byte, float>(bytes));
        else if (format.Storage == Storage.Float16) Place<Float16, Half>(format, canonical, MemoryMarshal.Cast<byte, Half>(bytes));
        else Place<BFloat16, ushort>(format, canonical, MemoryMarshal.Cast<byte, ushort>(bytes));
    }

    /// <summary>The format's bytes as canonical values.</summary>
    /// <param name="format">The format.</param>
    /// <param name="bytes">The format's bytes.</param>
    /// <param name="canonical">Takes all elements in row-major order.</param>
    internal static void Unpack(DeviceFormat format, ReadOnlySpan<byte> bytes, Span<float> canonical)
    {
        if (format.Storage == Storage.Float32) Gather<Float32, float>(format, MemoryMarshal.Cast<byte, float>(bytes), canonical);
        else if (format.Storage == Storage.Float16) Gather<Float16, Half>(format, MemoryMarshal.Cast<byte, Half>(bytes), canonical);
        else Gather<BFloat16, ushort>(format, MemoryMarshal.Cast<byte, ushort>(bytes), canonical);
    }

    private static void Place<T, TElement>(DeviceFormat format, ReadOnlySpan<float> canonical, Span<TElement> memory)
        where T : IElement<TElement>
    {
        foreach ((int at, int step, int count) in new Runs(format))
        {
            for (int i = 0; i < count; i++) memory[at + (i * step)] = T.From(canonical[i]);
            canonical = canonical[count..];
        }
    }

    private static void Gather<T, TElement>(DeviceFormat format, ReadOnlySpan<TElement> memory, Span<float> canonical)
        where T : IElement<TElement>
    {
        foreach ((int at, int step, int count) in new Runs(format))
        {
            for (int i = 0; i < count; i++) canonical[i] = T.To(memory[at + (i * step)]);
            canonical = canonical[count..];
        }
    }

    private interface IElement<TElement>
    {
        static abstract TElement From(float value);

        static abstract float To(TElement element);
    }

    private readonly struct Float32 : IElement<float>
    {
        public static float From(float value) => value;

        public static float To(float element) => element;
    }

    private readonly struct Float16 : IElement<Half>
    {
        public static Half From(float value) => (Half)value;

        public static float To(Half element) => (float)element;
    }

    private readonly struct BFloat16 : IElement<ushort>
    {
        public static ushort From(float value)
        {
            uint bits = BitConverter.SingleToUInt32Bits(value);
            if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
            return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
        }

        public static float To(ushort element) => BitConverter.UInt32BitsToSingle((uint)element << 16);
    }

    /// <summary>The places of the elements in memory, in canonical order: runs of evenly spaced ones, a row each, or one element where pixels lie in blocks.</summary>
    private struct Runs
    {
        private readonly long _outers, _outerStep, _channelStep, _rowStep, _columnStep;
        private readonly int _channels, _rows, _columns, _top, _left, _block, _length;
        private long _outer;
        private int _channel, _row, _column;

        internal Runs(DeviceFormat format)
        {
            (_outers, _channels, _rows, _columns) = format.Dimensions;
            (_top, _left, _block) = (format.Top, format.Left, format.Block);
            _length = _block == 1 ? _columns : 1;
            int height = (_rows + format.Top + format.Bottom) / _block, width = (_columns + format.Left + format.Right) / _block;
            int channels = _channels * _block * _block; // of memory
            _outerStep = (long)channels * height * width;
            bool last = format.ChannelsLast > 0;
            (_channelStep, _columnStep) = last ? (1, channels) : ((long)height * width, 1);
            _rowStep = _columnStep * width;
            _column = -_length;
        }

        public readonly (int First, int Step, int Count) Current
        {
            get
            {
                (int row, int y) = Math.DivRem(_row + _top, _block);
                (int column, int x) = Math.DivRem(_column + _left, _block);
                int channel = (((y * _block) + x) * _channels) + _channel;
                return ((int)((_outer * _outerStep) + (channel * _channelStep) + (row * _rowStep) + (column * _columnStep)), (int)_columnStep, _length);
            }
        }

        public readonly Runs GetEnumerator() => this;

        public bool MoveNext()
        {
            if ((_column += _length) < _columns) return true;
            _column = 0;
            if (++_row < _rows) return true;
            _row = 0;
            if (++_channel < _channels) return true;
            _channel = 0;
            return ++_outer < _outers;
        }
    }
}
