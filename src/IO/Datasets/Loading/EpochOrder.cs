using AlexNetCuda.Initialization;

namespace AlexNetCuda.IO;

/// <summary>The order of pictures in each epoch: as they come, or a permutation that depends on the seed and the epoch alone. Used under the loader's lock.</summary>
internal sealed class EpochOrder
{
    private static readonly uint Stream = Philox.Hash("order");

    private readonly int[] _order;
    private readonly ulong _seed;
    private readonly bool _shuffle;
    private long _epoch = -1;

    public EpochOrder(int count, bool shuffle, ulong seed)
    {
        _order = [.. Enumerable.Range(0, count)];
        _shuffle = shuffle;
        _seed = seed;
    }

    /// <summary>What comes at a position of an epoch. Another epoch than the time before costs time linear in the number of pictures, and no memory.</summary>
    public int At(long epoch, int position)
    {
        if (_shuffle && epoch != _epoch) Shuffle(epoch);
        return _order[position];
    }

    /// <summary>Fisher and Yates' shuffle. A number below n is word * n / 2^32, whose bias, n / 2^32, is below a thousandth up to four million pictures.</summary>
    private void Shuffle(long epoch)
    {
        for (int i = 0; i < _order.Length; i++) _order[i] = i;
        Span<uint> words = stackalloc uint[4];
        for (int n = _order.Length, drawn = 0; n > 1; n--, drawn++)
        {
            if (drawn % 4 == 0) (words[0], words[1], words[2], words[3]) = Philox.Block(_seed, drawn / 4, Stream, (uint)epoch);
            int other = (int)(((ulong)words[drawn % 4] * (uint)n) >> 32);
            (_order[n - 1], _order[other]) = (_order[other], _order[n - 1]);
        }

        _epoch = epoch;
    }
}
