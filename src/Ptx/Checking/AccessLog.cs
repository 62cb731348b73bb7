using System.Numerics;
using AlexNetCuda.Ptx.Execution;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>Which bytes of global memory a launch reads and which it writes. Launches that use it run on one host thread.</summary>
internal sealed class AccessLog
{
    private readonly ByteSet _read = new();
    private readonly ByteSet _written = new();

    public void Add(AccessKind kind, Allocation allocation, long offset, int bytes)
    {
        if (allocation.IsReadOnly) return;
        (kind == AccessKind.Load ? _read : _written).Add(allocation.Address + (ulong)offset, bytes);
    }

    public IReadOnlyList<AccessedRange> Ranges() =>
        [.. _read.Runs().Select(run => new AccessedRange(run.First, run.Bytes, Writes: false)), .. _written.Runs().Select(run => new AccessedRange(run.First, run.Bytes, Writes: true))];

    /// <summary>A set of bytes, by pages of a bit for each.</summary>
    private sealed class ByteSet
    {
        private const int PageShift = 12;
        private const int WordsPerPage = 1 << (PageShift - 6);
        private readonly Dictionary<ulong, ulong[]> _pages = [];
        private ulong _lastPage = ulong.MaxValue;
        private ulong[] _last = [];

        public void Add(ulong address, int bytes)
        {
            while (bytes > 0)
            {
                ulong page = address >> PageShift;
                if (page != _lastPage) Select(page);
                int first = (int)(address & 63), count = Math.Min(bytes, 64 - first);
                _last[(int)(address >> 6) & (WordsPerPage - 1)] |= Bits.Low(count) << first;
                address += (ulong)count;
                bytes -= count;
            }
        }

        /// <summary>The bytes by their addresses, those next to each other as one run.</summary>
        public IEnumerable<(ulong First, long Bytes)> Runs()
        {
            (ulong First, ulong End) run = default;
            foreach ((ulong page, ulong[] words) in _pages.OrderBy(p => p.Key))
            {
                for (int i = 0; i < words.Length; i++)
                {
                    for (ulong left = words[i]; left != 0;)
                    {
                        int first = BitOperations.TrailingZeroCount(left), count = BitOperations.TrailingZeroCount(~(left >> first));
                        left &= ~(Bits.Low(count) << first);
                        ulong address = (page << PageShift) + (ulong)((i * 64) + first);
                        if (run.End != address)
                        {
                            if (run.End != 0) yield return (run.First, (long)(run.End - run.First));
                            run.First = address;
                        }

                        run.End = address + (ulong)count;
                    }
                }
            }

            if (run.End != 0) yield return (run.First, (long)(run.End - run.First));
        }

        private void Select(ulong page)
        {
            if (!_pages.TryGetValue(page, out ulong[]? words)) _pages.Add(page, words = new ulong[WordsPerPage]);
            (_lastPage, _last) = (page, words);
        }
    }
}
