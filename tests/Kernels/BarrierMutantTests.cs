using System.Text.RegularExpressions;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.KernelTools;
using AlexNetCuda.Ptx;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>
/// Kernels with a fault on purpose: each barrier taken out of the shipped PTX in turn. The checkers have to show it; a mutant that
/// nothing shows would mean that they are blind there.
/// </summary>
public sealed partial class BarrierMutantTests
{
    /// <summary>A kernel, the number of its barrier in the PTX, and why taking it out changes nothing (null: it does).</summary>
    public static TheoryData<string, int, string?> Barriers
    {
        get
        {
            var data = new TheoryData<string, int, string?>();
            foreach (var (kernel, body) in Exercises())
            {
                var ptx = SingleKernel.Entry(body[0].Module, kernel);
                for (var i = 0; i < Barrier().Count(ptx); i++)
                {
                    data.Add(kernel, i, Equivalent.GetValueOrDefault((OfFloat32(kernel), i)));
                }
            }

            return data;
        }
    }

    // Barriers whose absence no execution can show; of a kernel and those of its kind in other storages.
    private static Dictionary<(string Kernel, int Barrier), string> Equivalent { get; } = new()
    {
        [("softmax_backward", 0)] = "the first of block_sum guards scratch against an earlier sum's readers; with one row a block there is none",
        [("softmax_cross_entropy_forward", 0)] = "the first of block_maximum, likewise",
        [("reduce_partial", 1)] = "the first of block_sum, likewise: it is called once",
        [("reduce_finish", 1)] = "the first of block_sum, likewise: it is called once",
    };

    [Theory]
    [MemberData(nameof(Barriers))]
    public void A_missing_barrier_is_a_race_that_is_reported(string kernel, int barrier, string? equivalent)
    {
        var launches = Exercises().Single(exercise => exercise.Kernel == kernel).Launches;
        var reports = Run(launches, module => WithoutBarrier(SingleKernel.Ptx(module, kernel), barrier));
        if (equivalent is null)
        {
            Assert.True(reports.Any(report => report.Kind is ReportKind.SharedRace or ReportKind.UninitializedRead), "no report");
        }
        else
        {
            Assert.Empty(reports);
        }
    }

    [Fact]
    public void Every_kernel_with_a_barrier_has_mutants()
    {
        var exercised = Exercises().Select(exercise => exercise.Kernel).ToHashSet();
        foreach (var module in KernelSources.Embedded.Modules)
        {
            Assert.All(
                ParameterList.Kernels(module).Keys.Where(kernel => Barrier().IsMatch(SingleKernel.Entry(module, kernel))),
                kernel => Assert.Contains(kernel, exercised));
        }
    }

    [Fact]
    public void The_unchanged_kernels_are_clean() =>
        Assert.All(Exercises(), exercise => Assert.Empty(Run(exercise.Launches, module => SingleKernel.Ptx(module, exercise.Kernel))));

    // Launches that use each barrier of a kernel as it is meant to be used; buffers are made by Run.
    private static IEnumerable<(string Kernel, IReadOnlyList<KernelLaunch> Launches)> Exercises()
    {
        const ulong P = Buffers.First, Q = P + Buffers.Step, R = Q + Buffers.Step, S = R + Buffers.Step, T = S + Buffers.Step, U = T + Buffers.Step;
        var pool = new PoolShape(40, 13, 13, 6, 6, 3, 3, 2, 2, 0, 0);
        var wide = new PoolShape(20, 13, 13, 12, 12, 2, 2, 1, 1, 0, 0);
        var open = new PoolShape(10, 13, 13, 5, 5, 5, 5, 2, 2, 0, 0);
        yield return ("max_pool_forward_3", [MaxPoolKernels.Forward(P, Q, R, pool)]);
        yield return ("max_pool_forward_2", [MaxPoolKernels.Forward(P, Q, R, wide)]);
        yield return ("max_pool_forward_any", [MaxPoolKernels.Forward(P, Q, R, open)]);
        yield return ("max_pool_backward_3", [MaxPoolKernels.Backward(P, Q, R, pool)]);
        yield return ("max_pool_backward_2", [MaxPoolKernels.Backward(P, Q, R, pool with { KernelY = 2, KernelX = 2 })]);
        yield return ("max_pool_backward_two", [MaxPoolKernels.Backward(P, Q, R, wide)]);
        yield return ("max_pool_backward_any", [MaxPoolKernels.Backward(P, Q, R, open)]);
        yield return ("bias_relu_backward", [BiasReluKernels.Backward(P, Q, R, S, T, new ImageShape(9, 5, 49))[0]]);
        yield return ("transpose", [LayoutKernels.ToNhwc(P, Q, new ImageShape(2, 40, 40)) with { Grid = new Extent(4) }]);
        yield return ("top_k", [TopKKernels.TopK(P, Q, R, 3, 300, 3)]);
        yield return ("reduce_partial", [.. ReduceKernels.Reduce(P, Q, R, 5000, Reduction.SumOfSquares).Take(1), ReduceKernels.Reduce(P, Q, R, 5000, Reduction.LargestMagnitude)[0]]);
        yield return ("reduce_finish", [ReduceKernels.Reduce(P, Q, R, 1 << 19, Reduction.Sum)[1], ReduceKernels.Reduce(P, Q, R, 1 << 19, Reduction.LargestMagnitude)[1]]);
        yield return ("softmax_cross_entropy_forward", [LossKernels.SoftmaxForward(P, Q, R, S, 2, 600)]);
        yield return ("softmax_backward", [LossKernels.SoftmaxBackward(P, Q, R, 2, 600)]);
        foreach (var radius in new[] { 2, 4, 5 })
        {
            var lrn = new LrnParameters(radius, 1, 0.1f, 0.75f);
            yield return ($"bias_relu_lrn_max_pool_forward_{radius}", [FusedKernels.Forward(P, Q, R, S, 1, pool, lrn, relu: true)]);
            yield return ($"bias_relu_lrn_max_pool_backward_{radius}", [FusedKernels.Backward(P, Q, R, S, T, U, U, 1, pool, lrn, relu: true)[0]]);
        }

        foreach (var (suffix, storage) in new[] { ("_f16", Storage.Float16), ("_bf16", Storage.BFloat16) })
        {
            yield return ($"bias_relu_backward{suffix}", [BiasReluKernels.Backward(P, Q, R, S, T, new ImageShape(9, 5, 49), storage)[0]]);
            yield return ($"bias_relu_backward{suffix}_nhwc", [
                BiasReluKernels.Backward(P, Q, R, S, T, new ImageShape(9, 16, 49), storage, Layout.Nhwc)[0],
                BiasReluKernels.Backward(P, Q, R, S, T, new ImageShape(9, 5, 49), storage, Layout.Nhwc)[0]]);
            yield return ($"reduce_partial{suffix}", [
                ReduceKernels.Reduce(P, Q, R, 5000, Reduction.SumOfSquares, storage: storage)[0],
                ReduceKernels.Reduce(P, Q, R, 5000, Reduction.LargestMagnitude, storage: storage)[0]]);
            yield return ($"softmax_cross_entropy_forward{suffix}", [LossKernels.SoftmaxForward(P, Q, R, S, 2, 600, storage)]);
            yield return ($"softmax_backward{suffix}", [LossKernels.SoftmaxBackward(P, Q, R, 2, 600, storage)]);
        }

        yield return ("transpose_16", [LayoutKernels.ToNhwc(P, Q, new ImageShape(2, 80, 80), Storage.Float16) with { Grid = new Extent(4) }]);
        yield return ("sum_many_rows", [BiasReluKernels.SumManyRows(P, Q, 40, 33)]);

        foreach (var (storage, layout) in Elements.Variants.Skip(1))
        {
            List<KernelLaunch> narrow =
            [
                LrnKernels.Forward(P, Q, new ImageShape(2, 20, 9), new LrnParameters(3, 1, 0.1f, 0.75f), storage, layout),
                LrnKernels.Backward(P, Q, R, new ImageShape(2, 20, 9), new LrnParameters(3, 1, 0.1f, 0.75f), storage, layout),
            ];
            foreach (var radius in new[] { 2, 4, 5 })
            {
                var lrn = new LrnParameters(radius, 1, 0.1f, 0.75f);
                narrow.Add(FusedKernels.Forward(P, Q, R, S, 1, pool, lrn, relu: true, storage, layout));
                narrow.Add(FusedKernels.Backward(P, Q, R, S, T, U, U, 1, pool, lrn, relu: true, storage, layout)[0]);
            }

            foreach (var shape in layout == Layout.Nchw ? [pool, wide, open] : Array.Empty<PoolShape>())
            {
                narrow.Add(MaxPoolKernels.Forward(P, Q, R, shape, storage));
                narrow.Add(MaxPoolKernels.Backward(P, Q, R, shape, storage));
            }

            if (layout == Layout.Nchw)
            {
                narrow.Add(MaxPoolKernels.Backward(P, Q, R, pool with { KernelY = 2, KernelX = 2 }, storage));
            }

            foreach (var launch in narrow.Where(launch => Barrier().IsMatch(SingleKernel.Entry(launch.Module, launch.Kernel))))
            {
                yield return (launch.Kernel, [launch]);
            }
        }
    }

    private static string OfFloat32(string kernel) => Suffix().Replace(kernel, "");

    // Reports as they come: who has seen enough takes no more.
    private static IEnumerable<Report> Run(IReadOnlyList<KernelLaunch> launches, Func<string, string> ptx)
    {
        foreach (var seed in new[] { 0, 3, 11 })
        {
            using var runner = new KernelRunner(new MachineOptions { Checks = Checks.All & ~Checks.GlobalRace, Seed = seed, InstructionBudget = 1 << 28 }, ptx);
            foreach (var launch in launches)
            {
                foreach (var report in runner.Run(Buffers.Bind(launch, runner.Machine.Memory)).Reports)
                {
                    yield return report;
                }
            }
        }
    }

    private static string WithoutBarrier(string ptx, int barrier)
    {
        var match = Barrier().Matches(ptx)[barrier];
        return ptx.Remove(match.Index, match.Length);
    }

    [GeneratedRegex("_b?f16(_nhwc)?$", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Suffix();

    [GeneratedRegex(@"bar\.sync\s+0;", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Barrier();
}
