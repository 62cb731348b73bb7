using System.Runtime.InteropServices;

namespace AlexNetCuda.Cuda.Kernels;

/// <summary>
/// How a warp lies over the positions of an NHWC tensor, as <c>Lanes</c> in kernels/common.cuh: a lane has eight channels.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Lanes
{
    private const int Warp = 32;

    private readonly int _channels;
    private readonly int _vectors;
    private readonly int _lanes;
    private readonly int _per;
    private readonly int _segment;
    private readonly int _halo;
    private readonly Divisor _byLanes;

    /// <param name="channels">Channels of a position.</param>
    /// <param name="halo">Lanes of eight channels that a segment needs beyond each of its ends.</param>
    internal Lanes(int channels, int halo)
    {
        _channels = channels;
        _vectors = (int)LaunchShape.CeilingDivide(channels, 8);
        if (_vectors <= Warp)
        {
            (_lanes, _per, _segment, _halo) = (_vectors, Warp / _vectors, _vectors, 0);
        }
        else
        {
            // As equal as may be, and even: two vectors are a sector.
            var segments = LaunchShape.CeilingDivide(_vectors, Warp - (2 * halo));
            _segment = (int)(LaunchShape.CeilingDivide(_vectors, 2 * segments) * 2);
            (_lanes, _per, _halo) = (_segment + (2 * halo), 1, halo);
        }

        _byLanes = new Divisor(_lanes);
    }

    /// <summary>Positions side by side in a warp.</summary>
    internal int Per => _per;

    /// <summary>Lanes of a segment that write their channels.</summary>
    internal int Segment => _segment;

    /// <summary>Warps a position takes.</summary>
    internal int Segments => (int)LaunchShape.CeilingDivide(_vectors, _segment);
}
