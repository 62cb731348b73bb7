using System.Numerics;
using System.Runtime.CompilerServices;
using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Kernels as NVRTC and clang compile them, all checkers on, in both convergence modes and several orders.</summary>
public class CompiledKernelTests
{
    public static TheoryData<string, Convergence, int> Ways
    {
        get
        {
            var data = new TheoryData<string, Convergence, int>();
            foreach (string compiler in new[] { "nvrtc", "clang" })
                foreach (Convergence convergence in Enum.GetValues<Convergence>())
                    foreach (int seed in new[] { 0, 1, 2 }) data.Add(compiler, convergence, seed);
            return data;
        }
    }

    private static (PtxMachine Machine, LoadedModule Module) Open(string compiler, string file, Convergence convergence, int seed)
    {
        var machine = new PtxMachine(new MachineOptions { Checks = Checks.All, Convergence = convergence, Seed = seed,
            InstructionBudget = 50_000_000 });
        return (machine, machine.Load(Data.Read(compiler, file)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Rows_are_summed_by_shuffles_and_by_a_tree(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "blocks", convergence, seed);
        using PtxMachine _ = machine;
        int rows = 5, columns = 333;
        float[] x = RandomValues.Singles(rows * columns, 5);
        ulong input = machine.Memory.Allocate<float>(x), sums = machine.Memory.Allocate(rows * 4);
        foreach ((string kernel, int dynamic) in new[] { ("row_sums", 0), ("row_sums_tree", 128 * 4) })
        {
            Assert.Empty(machine.Launch(module[kernel], new LaunchConfiguration(rows, 128, dynamic), input, sums, columns).Reports);
            float[] got = machine.Memory.Read<float>(sums, rows);
            for (int r = 0; r < rows; r++) Assert.Equal(x.Skip(r * columns).Take(columns).Sum(v => (double)v), got[r], 1e-3);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_matrix_is_transposed_through_a_tile(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "blocks", convergence, seed);
        using PtxMachine _ = machine;
        int rows = 45, columns = 70;
        float[] x = RandomValues.Singles(rows * columns, 6);
        ulong input = machine.Memory.Allocate<float>(x), output = machine.Memory.Allocate(x.Length * 4);
        Assert.Empty(machine.Launch(module["transpose"], new LaunchConfiguration(new Extent3(3, 2), new Extent3(32, 8)), input, output,
            rows, columns).Reports);
        float[] y = machine.Memory.Read<float>(output, x.Length);
        for (int i = 0; i < x.Length; i++) Assert.Equal(x[i], y[(i % columns * rows) + (i / columns)]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_histogram_is_counted_by_atomics(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "blocks", convergence, seed);
        using PtxMachine _ = machine;
        int[] x = [.. Enumerable.Range(0, 700).Select(i => (i * i % 37) - 3)];
        ulong input = machine.Memory.Allocate<int>(x), counts = machine.Memory.Allocate<int>(new int[16]),
            most = machine.Memory.Allocate<int>([0]), positive = machine.Memory.Allocate<int>([0]);
        Assert.Empty(machine.Launch(module["histogram"], new LaunchConfiguration(4, 192), input, counts, most, positive, x.Length).Reports);
        Assert.Equal(Enumerable.Range(0, 16).Select(b => x.Count(v => v >= 0 && v % 16 == b)), machine.Memory.Read<int>(counts, 16));
        Assert.Equal(x.Chunk(192).Max(c => c.Count(v => v > 0)), machine.Memory.Read<int>(most, 1)[0]);
        Assert.Equal(x.Count(v => v > 0), machine.Memory.Read<int>(positive, 1)[0]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Sixteen_byte_accesses_and_their_tail_agree_with_one_fused_multiply_add(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "blocks", convergence, seed);
        using PtxMachine _ = machine;
        float[] x = RandomValues.Singles(1003, 1), y = RandomValues.Singles(1003, 2);
        ulong px = machine.Memory.Allocate<float>(x), py = machine.Memory.Allocate<float>(y);
        Assert.Empty(machine.Launch(module["axpy4"], new LaunchConfiguration(2, 128), 0.3f, px, py, x.Length).Reports);
        float[] got = machine.Memory.Read<float>(py, y.Length);
        for (int i = 0; i < x.Length; i++) Assert.Equal(MathF.FusedMultiplyAdd(0.3f, x[i], y[i]), got[i]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Functions_are_called_by_divided_warps(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "flow", convergence, seed);
        using PtxMachine _ = machine;
        float[] x = [.. RandomValues.Singles(200, 3).Select(Math.Abs)];
        var table = default(Table);
        for (int i = 0; i < 20; i++) table.V[i] = i * 1.5f;
        table.N = 3;
        ulong input = machine.Memory.Allocate<float>(x), output = machine.Memory.Allocate(x.Length * 4);
        Assert.Empty(machine.Launch(module["calls"], new LaunchConfiguration(2, 128), KernelArgument.From(table), input, output,
            x.Length).Reports);
        float[] y = machine.Memory.Read<float>(output, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            int k = i % 20, n = 3 + (i & 3);
            float Choose(float a, int j) => j switch
            {
                0 => a * 2, 1 => table.V[j + 2], 2 => a - n, 3 => a / 3, 4 => MathF.Sqrt(a), 5 => a * a, 6 => table.V[n & 7] + 1, _ =>
                    1 + (j & 3),
            };
            Assert.Equal(((k & 1) != 0 ? Choose(x[i], k >> 1) + 1 : Choose(x[i] + 1, k >> 1)) + 7, y[i]);
        }
    }

    [InlineArray(20)]
    private struct Values
    {
        private float _first;
    }

    private struct Table
    {
        public Values V;
        public int N;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Loops_of_different_lengths_come_together_again(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "flow", convergence, seed);
        using PtxMachine _ = machine;
        int[] x = [.. Enumerable.Range(1, 150)];
        ulong input = machine.Memory.Allocate<int>(x), steps = machine.Memory.Allocate(x.Length * 4),
            peak = machine.Memory.Allocate(x.Length * 4);
        Assert.Empty(machine.Launch(module["collatz"], new LaunchConfiguration(3, 64), input, steps, peak, x.Length).Reports);
        int[] gotSteps = machine.Memory.Read<int>(steps, x.Length), gotPeak = machine.Memory.Read<int>(peak, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            var seen = new int[8];
            int count = 0, best = 0;
            for (long v = x[i]; v != 1; count++)
            {
                v = v % 2 == 1 ? (3 * v) + 1 : v / 2;
                seen[v % 8]++;
            }

            for (int k = 0; k < 8; k++) best = seen[k] > seen[best] ? k : best;
            Assert.Equal(count, gotSteps[i]);
            Assert.Equal((best * 1000) + seen[x[i] % 8], gotPeak[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Nested_loops_with_early_returns_give_what_plain_code_gives(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "flow", convergence, seed);
        using PtxMachine _ = machine;
        int[] x = [.. Enumerable.Range(0, 256).Select(i => i * 7 % 101)];
        ulong input = machine.Memory.Allocate<int>(x), output = machine.Memory.Allocate(x.Length * 4);
        Assert.Empty(machine.Launch(module["nested"], new LaunchConfiguration(2, 128), input, output, x.Length).Reports);
        Assert.Equal(x.Select(Nested), machine.Memory.Read<int>(output, x.Length));
    }

    private static int Nested(int v)
    {
        int total = 0;
        for (int a = 0; a < (v & 7); a++)
        {
            for (int b = a; b < 6; b++)
            {
                if ((a + b) % 3 == 1) continue;
                if (v > 90 && b == 4) return -total;
                total += (v & 1) != 0 ? a * b : a + b;
            }

            if (total > 40) break;
        }

        return total;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Wide_integers_and_doubles_are_computed_as_written(string compiler, Convergence convergence, int seed)
    {
        (PtxMachine machine, LoadedModule module) = Open(compiler, "numbers", convergence, seed);
        using PtxMachine _ = machine;
        int n = 100;
        uint[] counters = [.. Enumerable.Range(0, n).Select(i => (uint)i * 77777777u)];
        long[] a = [.. Enumerable.Range(0, n).Select(i => ((long)i * 987654321987654321L) - 5)],
            b = [.. Enumerable.Range(0, n).Select(i => ((long)i * 12345678912L) - 77)];
        float[] x = RandomValues.Singles(n, 8);
        ulong pc = machine.Memory.Allocate<uint>(counters), words = machine.Memory.Allocate(n * 16),
            pa = machine.Memory.Allocate<long>(a), pb = machine.Memory.Allocate<long>(b);
        ulong q = machine.Memory.Allocate(n * 8), m = machine.Memory.Allocate(n * 8), px = machine.Memory.Allocate<float>(x),
            py = machine.Memory.Allocate(n * 8);
        Assert.Empty(machine.Launch(module["philox"], new LaunchConfiguration(2, 64), pc, words, 42u, n).Reports);
        Assert.Empty(machine.Launch(module["divisions"], new LaunchConfiguration(2, 64), pa, pb, q, m, n).Reports);
        Assert.Empty(machine.Launch(module["doubles"], new LaunchConfiguration(2, 64), px, py, n).Reports);
        uint[] random = machine.Memory.Read<uint>(words, 4 * n);
        long[] quotients = machine.Memory.Read<long>(q, n);
        ulong[] mixed = machine.Memory.Read<ulong>(m, n);
        double[] y = machine.Memory.Read<double>(py, n);
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(Philox(counters[i], 42), random.AsSpan(4 * i, 4).ToArray());
            Assert.Equal((a[i] / b[i]) + ((int)a[i] % 7) + ((uint)a[i] / 10), quotients[i]);
            Assert.Equal(((ulong)a[i] % (ulong)b[i]) ^ BitOperations.RotateLeft((ulong)a[i], 13), mixed[i]);
            double v = x[i], w = (v * v) + 0.5;
            double expected = ((v - (1 / w)) / ((w * w) + (double)(float)(v * 3))) + (int)x[i];
            Assert.Equal(expected, y[i], 1e-9 * Math.Max(1, Math.Abs(expected)));
        }
    }

    private static uint[] Philox(uint counter, uint seed)
    {
        uint c0 = counter, c1 = 0, c2 = 7, c3 = 11, k0 = seed, k1 = seed ^ 0x5bd1e995;
        for (int r = 0; r < 10; r++)
        {
            ulong p = 0xD2511F53ul * c0, q = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(q >> 32) ^ c1 ^ k0, (uint)q, (uint)(p >> 32) ^ c3 ^ k1, (uint)p);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return [c0, c1, c2, c3];
    }

    [Fact]
    public void Both_compilers_files_parse_and_decode()
    {
        foreach (string name in Data.Names)
        {
            PtxModule module = PtxModule.Parse(Data.Text(name));
            module.Verify();
            Assert.NotEmpty(module.Kernels);
            Assert.All(module.Kernels, k => Assert.NotEmpty(k.Opcodes));
        }

        Assert.True(Data.Names.Count() >= 8);
    }
}
