using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Simulator.Dnn;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>Convolutions in all directions against plain loops in double precision.</summary>
public sealed class DnnNumericsTests
{
    private const double Float32 = 1e-6;

    private static readonly ConvolutionCase[] _shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1),
        new(2, 3, 7, 9, 5, 3, 2) { PadY = 1, PadX = 2 },
        new(2, 4, 11, 8, 6, 3, 3) { PadY = 1, PadX = 1, StrideY = 2, StrideX = 3, Groups = 2 },
        new(1, 3, 23, 23, 7, 11, 11) { PadY = 3, PadX = 3, StrideY = 4, StrideX = 4 },
        new(3, 6, 9, 10, 9, 5, 5) { PadY = 2, PadX = 2, Groups = 3 },
        new(2, 2, 13, 12, 3, 3, 3) { PadY = 3, PadX = 1, DilationY = 3, DilationX = 2 },
        new(1, 2, 12, 13, 4, 2, 3) { StrideY = 3, StrideX = 2, DilationY = 2, DilationX = 3, PadX = 4, Mode = CudnnConvolutionMode.Convolution },
        new(2, 37, 6, 6, 33, 3, 3) { PadY = 1, PadX = 1, Mode = CudnnConvolutionMode.Convolution },
        new(1, 1, 5, 5, 2, 2, 2) { StrideY = 5, StrideX = 5 },
    ];

    public static TheoryData<int, int> Cases()
    {
        var data = new TheoryData<int, int>();
        for (var shape = 0; shape < _shapes.Length; shape++)
        {
            for (var direction = 0; direction < 3; direction++) data.Add(shape, direction);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_algorithm_type_and_layout_convolves(int shape, int direction)
    {
        foreach (CudnnTensorFormat format in Enum.GetValues<CudnnTensorFormat>())
        {
            foreach (CudnnDataType type in Enum.GetValues<CudnnDataType>())
            {
                using var lab = new DnnLab(new SimulatorOptions { Seed = 3 });
                Setup setup = lab.Prepare(_shapes[shape] with { Format = format, Type = type }, (Direction)direction);
                var tried = 0;
                for (var algorithm = 0; algorithm < AlgorithmTables.Count(setup.Direction); algorithm++)
                {
                    lab.Core.Memory.Fill(setup.Output, 0xFF, setup.OutputShape.Bytes);
                    CudnnStatus status = setup.Run(algorithm, alpha: 1.5f);
                    if (status == CudnnStatus.NotSupported) continue;
                    DnnLab.Ok(status);
                    lab.Finish();
                    setup.AssertResult(Float32, alpha: 1.5f);
                    tried++;
                }

                Assert.NotEqual(0, tried);
                Assert.Empty(lab.Core.Reports);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Beta_adds_what_was_there(int shape, int direction)
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_shapes[shape], (Direction)direction);
        DnnLab.Ok(setup.Run(0, alpha: -0.5f, beta: 1));
        lab.Finish();
        setup.AssertResult(Float32, alpha: -0.5f, beta: 1);
    }

    [Fact]
    public void Alpha_and_beta_are_read_at_the_call_and_work_runs_late()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_shapes[1], Direction.Forward);
        float[] before = setup.Result;
        DnnLab.Ok(setup.Run(0, alpha: 2));
        Assert.Equal(before, setup.Result);
        lab.Finish();
        setup.AssertResult(Float32, alpha: 2);
    }

    [Theory]
    [InlineData(CudnnMathType.DefaultMath, null, 1e-3, 1e-5)]
    [InlineData(CudnnMathType.TensorOpMath, null, 1e-3, 1e-5)]
    [InlineData(CudnnMathType.TensorOpMathAllowConversion, null, 1e-3, 1e-5)]
    [InlineData(CudnnMathType.DefaultMath, true, 1e-3, 1e-5)]
    [InlineData(CudnnMathType.DefaultMath, false, 1e-6, 0)]
    [InlineData(CudnnMathType.FmaMath, null, 1e-6, 0)]
    public void Tf32_rounds_operands_where_it_is_permitted(CudnnMathType math, bool? permitted, double atMost, double atLeast)
    {
        foreach (Direction direction in Enum.GetValues<Direction>())
        {
            using var lab = new DnnLab(new SimulatorOptions { Tf32Override = permitted });
            Setup setup = lab.Prepare(new ConvolutionCase(1, 8, 6, 6, 8, 3, 3) { PadY = 1, PadX = 1, Math = math }, direction);
            DnnLab.Ok(setup.Run(1));
            lab.Finish();
            setup.AssertResult(atMost);
            (double[] sums, _) = setup.Case.Reference(direction, setup.XNumbers, setup.WNumbers, setup.YNumbers);
            Assert.True(setup.Result.Zip(sums, (a, b) => double.Abs(a - b)).Max() >= atLeast);

            // CUDA cores have no TF32.
            DnnLab.Ok(setup.Run(0));
            lab.Finish();
            setup.AssertResult(Float32);
        }
    }

    [Fact]
    public void Before_Ampere_there_is_no_tf32()
    {
        using var lab = new DnnLab(new SimulatorOptions { Gpus = [SimulatedGpu.TeslaT4] });
        Setup setup = lab.Prepare(new ConvolutionCase(1, 8, 6, 6, 8, 3, 3) { Math = CudnnMathType.DefaultMath }, Direction.Forward);
        DnnLab.Ok(setup.Run(1));
        lab.Finish();
        setup.AssertResult(Float32);
        Assert.All(setup.Get(), r => Assert.Equal(CudnnMathType.DefaultMath, r.MathType));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 3)]
    public void Atomic_sums_differ_from_run_to_run_and_no_others(int direction, int shuffled)
    {
        using var lab = new DnnLab(new SimulatorOptions { Seed = 1 });
        Setup setup = lab.Prepare(new ConvolutionCase(2, 16, 13, 13, 24, 3, 3) { PadY = 1, PadX = 1 }, (Direction)direction);
        var algorithms = Enumerable.Range(0, AlgorithmTables.Count(setup.Direction)).Where(a => setup.WorkspaceSize(a, out _) == CudnnStatus.Success);
        foreach (int algorithm in algorithms)
        {
            float[][] results = [.. Enumerable.Range(0, 4).Select(_ =>
            {
                DnnLab.Ok(setup.Run(algorithm));
                lab.Finish();
                setup.AssertResult(Float32);
                return setup.Result;
            })];
            bool same = results.Skip(1).All(r => r.SequenceEqual(results[0]));
            if (algorithm == shuffled) Assert.False(same);
            Assert.Equal(AlgorithmTables.IsDeterministic(setup.Direction, algorithm), same);
        }
    }

    [Fact]
    public void Without_a_seed_sums_are_in_their_natural_order()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(new ConvolutionCase(2, 16, 13, 13, 24, 3, 3), Direction.BackwardFilter);
        DnnLab.Ok(setup.Run(0));
        lab.Finish();
        float[] first = setup.Result;
        DnnLab.Ok(setup.Run(0));
        lab.Finish();
        Assert.Equal(first, setup.Result);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Workers_change_no_bit(int direction)
    {
        float[][] results = [.. new[] { 1, 2, 5 }.Select(workers =>
        {
            using var lab = new DnnLab(new SimulatorOptions { Seed = 9, Workers = workers });
            Setup setup = lab.Prepare(new ConvolutionCase(2, 20, 13, 11, 24, 3, 3) { PadY = 1, PadX = 1 }, (Direction)direction);
            DnnLab.Ok(setup.Run(0));
            lab.Finish();
            return setup.Result;
        })];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }
}
