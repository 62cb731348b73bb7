using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Dnn;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>Which algorithm takes what, Get..._v7, workspace sizes and Find.</summary>
public sealed unsafe class DnnAlgorithmTests
{
    private static readonly ConvolutionCase _conv1 = new(2, 3, 225, 225, 96, 11, 11) { PadY = 3, PadX = 3, StrideY = 4, StrideX = 4 };
    private static readonly ConvolutionCase _conv2 = new(2, 96, 27, 27, 256, 5, 5) { PadY = 2, PadX = 2, Groups = 2 };
    private static readonly ConvolutionCase _conv3 = new(2, 256, 13, 13, 384, 3, 3) { PadY = 1, PadX = 1 };

    private static ConvolutionCase Named(string name) => name switch
    {
        "conv1" => _conv1,
        "conv2" => _conv2,
        "conv3" => _conv3,
        "dilated" => _conv3 with { DilationY = 2 },
        "1x40" => new ConvolutionCase(1, 4, 40, 60, 4, 1, 40),
        "large" => new ConvolutionCase(1, 1, 260, 10, 1, 3, 3),
        "padded" => new ConvolutionCase(1, 1, 10, 10, 1, 3, 3) { PadY = 3, PadX = 3 },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static SimulatedGpu Gpu(int architecture) => architecture switch
    {
        61 => SimulatedGpu.Gtx1080Ti,
        75 => SimulatedGpu.TeslaT4,
        80 => SimulatedGpu.A100,
        _ => SimulatedGpu.H100,
    };

    // Algorithms by number: forward 0 implicit GEMM, 1 precomputed, 2 GEMM, 4 FFT, 5 FFT tiling, 6 Winograd, 7 Winograd nonfused;
    // data 0, 1, 2 FFT, 3 FFT tiling, 4 Winograd, 5 nonfused; filter 0, 1, 2 FFT, 3, 5 nonfused, 6 FFT tiling.
    [Theory]
    [InlineData("conv1", 0, 0, 80, 8907, new[] { 0, 1, 2 }, new[] { 0, 1 }, new[] { 0, 1, 3 })]
    [InlineData("conv2", 0, 0, 80, 8907, new[] { 0, 1, 2, 4, 5, 7 }, new[] { 0, 1, 2, 3, 5 }, new[] { 0, 1, 2, 3, 5, 6 })]
    [InlineData("conv3", 0, 0, 80, 8907, new[] { 0, 1, 2, 4, 5, 6, 7 }, new[] { 0, 1, 2, 3, 4, 5 }, new[] { 0, 1, 2, 3, 5, 6 })]
    [InlineData("conv3", 0, 0, 90, 8907, new[] { 0, 1, 2, 4, 5, 6, 7 }, new[] { 0, 1, 2, 3, 4, 5 }, new[] { 0, 1, 2, 3, 5, 6 })]
    [InlineData("conv3", 0, 0, 90, 90_100, new[] { 0, 1, 2, 7 }, new[] { 0, 1, 5 }, new[] { 0, 1, 3, 5 })]
    [InlineData("conv3", 0, 0, 61, 90_100, new[] { 0, 1, 2, 4, 5, 6, 7 }, new[] { 0, 1, 2, 3, 4, 5 }, new[] { 0, 1, 2, 3, 5, 6 })]
    [InlineData("conv3", 1, 0, 80, 90_100, new[] { 1 }, new[] { 1 }, new[] { 1 })]
    [InlineData("conv3", 1, 2, 75, 8907, new[] { 1 }, new[] { 1 }, new[] { 1 })]
    [InlineData("conv3", 1, 2, 61, 8907, new int[0], new int[0], new int[0])]
    [InlineData("conv3", 0, 2, 61, 8907, new[] { 0, 1, 2, 4, 5, 6, 7 }, new[] { 0, 1, 2, 3, 4, 5 }, new[] { 0, 1, 2, 3, 5, 6 })]
    [InlineData("conv3", 0, 9, 75, 90_100, new int[0], new int[0], new int[0])]
    [InlineData("conv3", 0, 9, 80, 90_100, new[] { 0, 1, 2, 7 }, new[] { 0, 1, 5 }, new[] { 0, 1, 3, 5 })]
    [InlineData("conv3", 1, 9, 90, 90_100, new[] { 1 }, new[] { 1 }, new[] { 1 })]
    [InlineData("dilated", 0, 0, 80, 90_100, new[] { 0 }, new[] { 0 }, new[] { 0 })]
    [InlineData("dilated", 1, 2, 80, 90_100, new[] { 1 }, new[] { 1 }, new[] { 1 })]
    [InlineData("1x40", 0, 0, 80, 90_100, new[] { 0, 1, 2, 4, 5 }, new[] { 0, 1, 2, 3 }, new[] { 0, 1, 2, 3, 6 })]
    [InlineData("large", 0, 0, 80, 90_100, new[] { 0, 1, 2, 5, 6, 7 }, new[] { 0, 1, 3, 4, 5 }, new[] { 0, 1, 3, 5, 6 })]
    [InlineData("padded", 0, 0, 80, 90_100, new[] { 0, 1, 2, 6, 7 }, new[] { 0, 1, 4, 5 }, new[] { 0, 1, 3, 5 })]
    public void The_tables_are_the_documented_ones(
        string name, int format, int type, int architecture, int version, int[] forward, int[] data, int[] filter)
    {
        using var lab = new DnnLab(new SimulatorOptions { Gpus = [Gpu(architecture)], CudnnVersion = version });
        ConvolutionCase c = Named(name) with { Format = (CudnnTensorFormat)format, Type = (CudnnDataType)type };
        foreach ((Direction direction, int[] expected) in new[] { (Direction.Forward, forward), (Direction.BackwardData, data), (Direction.BackwardFilter, filter) })
        {
            Setup setup = lab.Prepare(c, direction);
            var listed = setup.Get();
            Assert.Equal(expected, listed.Where(r => r.Status == CudnnStatus.Success).Select(r => r.Algorithm).Distinct().Order());
            Assert.Equal(Enumerable.Range(0, AlgorithmTables.Count(direction)), listed.Select(r => r.Algorithm).Distinct().Order());
            foreach (var result in listed)
            {
                Assert.Equal(result.Status, setup.WorkspaceSize(result.Algorithm, out nuint bytes));
                Assert.Equal(bytes, result.Memory);
                Assert.Equal(-1, result.Time);
                Assert.Equal(AlgorithmTables.IsDeterministic(direction, result.Algorithm), result.Determinism == CudnnDeterminism.Deterministic);
            }

            // What is supported comes first.
            Assert.Equal(listed.OrderBy(r => r.Status != CudnnStatus.Success), listed);
            Assert.Equal(listed.Take(2), setup.Get(2));
        }
    }

    [Theory]
    [InlineData(0, CudnnMathType.DefaultMath, 80, new[] { CudnnMathType.TensorOpMath, CudnnMathType.FmaMath })]
    [InlineData(0, CudnnMathType.FmaMath, 80, new[] { CudnnMathType.FmaMath })]
    [InlineData(0, CudnnMathType.TensorOpMath, 75, new[] { CudnnMathType.DefaultMath })]
    [InlineData(0, CudnnMathType.TensorOpMathAllowConversion, 75, new[] { CudnnMathType.TensorOpMathAllowConversion, CudnnMathType.DefaultMath })]
    [InlineData(0, CudnnMathType.FmaMath, 61, new[] { CudnnMathType.FmaMath })]
    [InlineData(2, CudnnMathType.TensorOpMath, 75, new[] { CudnnMathType.TensorOpMath, CudnnMathType.DefaultMath })]
    [InlineData(2, CudnnMathType.TensorOpMath, 61, new[] { CudnnMathType.DefaultMath })]
    [InlineData(2, CudnnMathType.DefaultMath, 75, new[] { CudnnMathType.DefaultMath })]
    [InlineData(2, CudnnMathType.DefaultMath, 90, new[] { CudnnMathType.FmaMath })]
    [InlineData(9, CudnnMathType.TensorOpMath, 90, new[] { CudnnMathType.TensorOpMath, CudnnMathType.FmaMath })]
    public void The_math_type_of_a_result_is_what_is_taken(int type, CudnnMathType asked, int architecture, CudnnMathType[] expected)
    {
        using var lab = new DnnLab(new SimulatorOptions { Gpus = [Gpu(architecture)] });
        Setup setup = lab.Prepare(_conv3 with { Type = (CudnnDataType)type, Math = asked }, Direction.Forward);
        Assert.Equal(expected, setup.Get().Where(r => r.Algorithm == 1).Select(r => r.MathType));
        Assert.Single(setup.Get(), r => r.Algorithm == 0);
    }

    [Fact]
    public void Tf32_can_be_forbidden_from_outside()
    {
        using var lab = new DnnLab(new SimulatorOptions { Tf32Override = false });
        Setup setup = lab.Prepare(_conv3 with { Math = CudnnMathType.DefaultMath }, Direction.Forward);
        Assert.DoesNotContain(setup.Get(), r => r.Status == CudnnStatus.Success && r.MathType != CudnnMathType.FmaMath);
    }

    [Fact]
    public void No_list_is_longer_than_the_count()
    {
        using var lab = new DnnLab();
        int count;
        DnnLab.Ok(lab.Dnn.GetConvolutionForwardAlgorithmMaxCount(lab.Handle, &count));
        Assert.Equal(count, lab.Prepare(_conv3 with { Math = CudnnMathType.DefaultMath }, Direction.Forward).Get().Count);
        DnnLab.Ok(lab.Dnn.GetConvolutionBackwardDataAlgorithmMaxCount(lab.Handle, &count));
        Assert.Equal(count, lab.Prepare(_conv3 with { Math = CudnnMathType.DefaultMath }, Direction.BackwardData).Get().Count);
        DnnLab.Ok(lab.Dnn.GetConvolutionBackwardFilterAlgorithmMaxCount(lab.Handle, &count));
        Assert.Equal(count, lab.Prepare(_conv3 with { Math = CudnnMathType.DefaultMath }, Direction.BackwardFilter).Get().Count);
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.GetConvolutionForwardAlgorithmMaxCount(lab.Handle, null));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.GetConvolutionForwardAlgorithmMaxCount(default, &count));
    }

    [Fact]
    public void Mismatched_descriptors_and_layouts_are_told()
    {
        using var lab = new DnnLab();
        Setup good = lab.Prepare(_conv3, Direction.Forward);
        TensorShape x = _conv3.XShape, w = _conv3.WShape, y = _conv3.YShape;
        CudnnStatus Size(TensorShape x, TensorShape w, TensorShape y, CudnnConvolutionFwdAlgo algorithm = CudnnConvolutionFwdAlgo.ImplicitGemm)
        {
            nuint bytes;
            return lab.Dnn.GetConvolutionForwardWorkspaceSize(
                lab.Handle, lab.Tensor(x), lab.Filter(w), good.ConvDesc, lab.Tensor(y), algorithm, &bytes);
        }

        Assert.Equal(CudnnStatus.Success, Size(x, w, y));
        Assert.Equal(CudnnStatus.BadParam, Size(x with { N = 1 }, w, y));
        Assert.Equal(CudnnStatus.BadParam, Size(x with { C = 255 }, w, y));
        Assert.Equal(CudnnStatus.BadParam, Size(x, w, y with { C = 1 }));
        Assert.Equal(CudnnStatus.BadParam, Size(x, w, y with { H = 12 }));
        Assert.Equal(CudnnStatus.BadParam, Size(x, w with { Type = CudnnDataType.Half }, y));
        Assert.Equal(CudnnStatus.BadParam, Size(x, w, y, (CudnnConvolutionFwdAlgo)8));
        Assert.Equal(CudnnStatus.BadParam, Size(x, w, y, (CudnnConvolutionFwdAlgo)(-1)));
        Assert.Equal(CudnnStatus.NotSupported, Size(x, w with { Format = CudnnTensorFormat.Nhwc }, y));
        Assert.Equal(CudnnStatus.NotSupported, Size(x, w, y, CudnnConvolutionFwdAlgo.Direct));
        Assert.Contains("not implemented", lab.LastError(), StringComparison.Ordinal);
        DnnLab.Ok(lab.Dnn.SetConvolution2dDescriptor(
            good.ConvDesc, 1, 1, 1, 1, 1, 1, CudnnConvolutionMode.CrossCorrelation, CudnnDataType.Half));
        Assert.Equal(CudnnStatus.NotSupported, Size(x, w, y));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Find_overwrites_the_output_and_says_what_fits_the_workspace(int direction)
    {
        using var lab = new DnnLab(new SimulatorOptions { Seed = 4 });
        Setup setup = lab.Prepare(_conv3, (Direction)direction);
        const int Bytes = 1 << 20;
        ulong workspace = lab.Core.Memory.Allocate(Bytes);
        var found = setup.Find(workspace, Bytes);
        Assert.All(setup.Result, v => Assert.True(float.IsNaN(v)));
        Assert.All(lab.Core.Memory.Read<byte>(workspace, Bytes), b => Assert.Equal(0xFF, b));
        Assert.Empty(lab.Core.Queue);
        var good = found.TakeWhile(r => r.Status == CudnnStatus.Success).ToList();
        Assert.NotEmpty(good);
        Assert.Equal(good.OrderBy(r => r.Time), good);
        Assert.All(good, r => Assert.True(r.Time > 0 && r.Memory <= Bytes));
        var rest = found.Skip(good.Count).ToList();
        Assert.Contains(rest, r => r.Status == CudnnStatus.InternalErrorHostAllocationFailed && r.Memory > Bytes);
        Assert.All(rest, r => Assert.True(r.Status != CudnnStatus.Success && r.Time < 0));
        Assert.Equal(found, setup.Find(workspace, Bytes));
        Assert.Empty(lab.Core.Reports);
        Assert.All(setup.Find(0, 0).Where(r => r.Status == CudnnStatus.Success), r => Assert.Equal(0u, r.Memory));
    }

    [Fact]
    public void Seeds_draw_the_order_that_find_sees()
    {
        var orders = new HashSet<string>();
        for (var seed = 0; seed < 8; seed++)
        {
            using var lab = new DnnLab(new SimulatorOptions { Seed = seed });
            Setup setup = lab.Prepare(_conv3, Direction.Forward);
            const int Bytes = 64 << 20;
            orders.Add(string.Join(',', setup.Find(lab.Core.Memory.Allocate(Bytes), Bytes).Select(r => r.Algorithm)));
        }

        Assert.True(orders.Count > 2);
    }

    [Fact]
    public void Find_fails_under_capture_and_spoils_it()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_conv3, Direction.Forward);
        lab.Core.Capturing = true;
        Assert.Equal(CudnnStatus.ExecutionFailed, setup.TryFind(0, 0));
        Assert.True(lab.Core.Spoilt);
        Assert.Empty(lab.Core.Graph);
        Assert.False(float.IsNaN(setup.Result[0]));
    }

    [Fact]
    public void Find_wants_its_operands()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_conv3, Direction.BackwardFilter);
        Assert.Equal(CudnnStatus.BadParam, setup.TryFind(0, 16));
        setup.X = 0;
        Assert.Equal(CudnnStatus.BadParam, setup.TryFind(0, 0));
        lab.Core.Context = CUresult.ErrorLaunchFailed;
        Assert.Equal(CudnnStatus.ExecutionFailed, setup.TryFind(0, 0));
    }
}
