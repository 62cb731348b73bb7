using System.Diagnostics;
using System.Runtime.CompilerServices;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Cpu;

/// <summary>Measures what a team of threads can do at most with registers of type <typeparamref name="T"/>. The best of several runs counts: others were disturbed.</summary>
internal static unsafe class PeakMeasurement<T>
    where T : unmanaged, IVector<T>
{
    private const int Runs = 7, PartsAThread = 8;
    private const long ReadBytes = 256 << 20; // larger than caches

    public static MachinePeak Measure(ThreadTeam team)
    {
        var multiply = new MultiplyTask();
        double flops = Best(team, multiply, team.Size * PartsAThread, MultiplyTask.Flops);
        using var memory = new NativeBlock(ReadBytes);
        new Span<byte>(memory.Pointer, (int)ReadBytes).Fill(1); // pages that were never written are all the same one
        var read = new ReadTask((float*)memory.Pointer);
        return new MachinePeak(flops, Best(team, read, (int)(ReadBytes / ReadTask.Bytes), ReadTask.Bytes));
    }

    private static double Best(ThreadTeam team, TeamTask task, int parts, double workAPart)
    {
        double best = 0;
        for (int run = 0; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            team.Run(task, parts);
            best = Math.Max(best, parts * workAPart / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private sealed class MultiplyTask : TeamTask
    {
        private const int Steps = 1 << 18, Chains = 12; // more chains than a multiply-add takes cycles, times those that begin in a cycle
        private volatile float _sink; // what is computed for it is not optimised away

        public static double Flops => 2.0 * Steps * Chains * T.Width;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            T a = T.Broadcast(0.999f), b = T.Broadcast(0.001f), x0 = a, x1 = a, x2 = a, x3 = a, x4 = a, x5 = a, x6 = a, x7 = a, x8 = a, x9 = a, x10 = a, x11 = a;
            for (int i = Steps; i > 0; i--)
            {
                x0 = T.MultiplyAdd(x0, a, b);
                x1 = T.MultiplyAdd(x1, a, b);
                x2 = T.MultiplyAdd(x2, a, b);
                x3 = T.MultiplyAdd(x3, a, b);
                x4 = T.MultiplyAdd(x4, a, b);
                x5 = T.MultiplyAdd(x5, a, b);
                x6 = T.MultiplyAdd(x6, a, b);
                x7 = T.MultiplyAdd(x7, a, b);
                x8 = T.MultiplyAdd(x8, a, b);
                x9 = T.MultiplyAdd(x9, a, b);
                x10 = T.MultiplyAdd(x10, a, b);
                x11 = T.MultiplyAdd(x11, a, b);
            }

            float* sink = stackalloc float[Tile.Block];
            T sum = T.Add(T.Add(T.Add(x0, x1), T.Add(x2, x3)), T.Add(T.Add(x4, x5), T.Add(x6, x7)));
            T.Store(T.Add(sum, T.Add(T.Add(x8, x9), T.Add(x10, x11))), sink);
            _sink = sink[0];
        }
    }

    private sealed class ReadTask(float* memory) : TeamTask
    {
        public const int Bytes = 1 << 20;
        private volatile float _sink; // likewise

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            float* from = memory + ((long)part * (Bytes / sizeof(float))), end = from + (Bytes / sizeof(float));
            T a = T.Zero, b = T.Zero, c = T.Zero, d = T.Zero;
            for (; from < end; from += 4 * T.Width)
            {
                a = T.Or(a, T.Load(from));
                b = T.Or(b, T.Load(from + T.Width));
                c = T.Or(c, T.Load(from + (2 * T.Width)));
                d = T.Or(d, T.Load(from + (3 * T.Width)));
            }

            float* sink = stackalloc float[Tile.Block];
            T.Store(T.Or(T.Or(a, b), T.Or(c, d)), sink);
            _sink = sink[0];
        }
    }
}
