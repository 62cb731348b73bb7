using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;
using Xunit;

namespace AlexNetCuda.Interop.Tests.Owners;

/// <summary>What plans ask of cuDNN, and which algorithms they take of those it lists.</summary>
public sealed class CudnnConvolutionsTests : IDisposable
{
    private static readonly CUstream s_stream = new(90);
    private static readonly ConvolutionProblem s_problem = new()
    {
        Images = 2, Channels = 96, Height = 27, Width = 27, Filters = 256, KernelHeight = 5, KernelWidth = 5, PadY = 2, PadX = 2, Groups = 2,
    };

    private readonly RecordingDriver _driver = new();
    private readonly RecordingCudnn _dnn;
    private readonly CudaContext _context;
    private readonly CudnnContext _handle;

    public CudnnConvolutionsTests()
    {
        _dnn = new RecordingCudnn(_driver);
        _context = CudaContext.Open(_driver, 0);
        _handle = CudnnContext.Create(_context, _dnn);
        _driver.Take();
    }

    public static TheoryData<ConvolutionPass> Passes => [.. Enum.GetValues<ConvolutionPass>()];

    public void Dispose()
    {
        _handle.Dispose();
        _context.Dispose();
    }

    [Fact]
    public void Descriptions_have_the_problems_shape_and_groups()
    {
        Plan(s_problem with { StrideY = 2, Layout = CudnnTensorFormat.Nhwc }, ConvolutionPass.Forward).Dispose();
        Assert.Equal(
            [
                "cudnnCreateTensorDescriptor", "cudnnSetTensor4dDescriptor 3 Nhwc Float 2 96 27 27",
                "cudnnCreateTensorDescriptor", "cudnnSetTensor4dDescriptor 4 Nhwc Float 2 256 14 27",
                "cudnnCreateFilterDescriptor", "cudnnSetFilter4dDescriptor 5 Float Nhwc 256 48 5 5",
                "cudnnCreateConvolutionDescriptor", "cudnnSetConvolution2dDescriptor 6 2 2 2 1 1 1 CrossCorrelation Float",
                "cudnnSetConvolutionGroupCount 6 2", "cudnnSetConvolutionMathType 6 FmaMath",
                "cudnnDestroyConvolutionDescriptor 6", "cudnnDestroyFilterDescriptor 5", "cudnnDestroyTensorDescriptor 4", "cudnnDestroyTensorDescriptor 3",
            ],
            _driver.Take());
    }

    [Theory]
    [InlineData("cudnnSetTensor4dDescriptor")]
    [InlineData("cudnnSetFilter4dDescriptor")]
    [InlineData("cudnnSetConvolution2dDescriptor")]
    [InlineData("cudnnSetConvolutionMathType")]
    [InlineData("cudnnCreateActivationDescriptor")]
    [InlineData("cudnnSetActivationDescriptor")]
    public void A_plan_that_cannot_be_made_leaves_nothing_behind(string function)
    {
        _dnn.Statuses[function] = CudnnStatus.BadParam;
        Assert.Throws<CudaException>(() => Plan(s_problem, ConvolutionPass.ForwardBiasRelu));
        var calls = _driver.Take().Select(call => call.Split(' ')[0]).Where(call => call != function || !call.StartsWith("cudnnCreate", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
            calls.Count(call => call.StartsWith("cudnnCreate", StringComparison.Ordinal)),
            calls.Count(call => call.StartsWith("cudnnDestroy", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(ConvolutionMath.Float32, CudnnDataType.Float, CudnnMathType.FmaMath, "3", "3")]
    [InlineData(ConvolutionMath.TensorFloat32, CudnnDataType.Float, CudnnMathType.DefaultMath, "0 1 3", "0 1 3")]
    [InlineData(ConvolutionMath.TensorCores, CudnnDataType.Half, CudnnMathType.TensorOpMath, "0 1 3", "1 3")] // backward, 0 adds up in 16 bits
    public void The_precision_is_asked_for_first_and_checked_in_what_is_listed(
        ConvolutionMath math, CudnnDataType type, CudnnMathType asked, string forward, string backward)
    {
        _dnn.Algorithms.AddRange(Enum.GetValues<CudnnMathType>().Select(one => new ScriptedAlgorithm((int)one, 1, 0, one)));
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
        {
            using var plan = Plan(s_problem with { Math = math, Type = type }, pass);
            foreach (var list in new[] { plan.Rank(), plan.Measure(s_stream, default) })
            {
                Assert.Equal(pass is ConvolutionPass.Forward or ConvolutionPass.ForwardBiasRelu ? forward : backward, string.Join(' ', list.Select(one => one.Number)));
            }

            var calls = _driver.Take();
            Assert.All(calls.Where(call => call.StartsWith("cudnnSetConvolutionMathType", StringComparison.Ordinal)), call => Assert.EndsWith($" {asked}", call, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Passes))]
    public void Measured_is_the_fastest_that_fits(ConvolutionPass pass)
    {
        _dnn.Algorithms.AddRange([new(0, 3, 0), new(1, 1, 2000), new(2, 2, 500), new(3, 0.5f, 0, Status: CudnnStatus.NotSupported)]);
        _dnn.Fused.UnionWith([0, 1, 2, 3]);
        using var plan = Plan(s_problem, pass);
        var chosen = ConvolutionSearch.Choose(plan, ConvolutionSearchMode.Measured, s_stream, new ConvolutionBuffers(1, 2, 3, 4, 5, 1000));
        Assert.Equal((2, 500L, 2f), (chosen!.Number, chosen.WorkspaceBytes, chosen.Milliseconds));
        Assert.Equal(chosen, plan.Used);
        var direction = pass is ConvolutionPass.ForwardBiasRelu ? "Forward" : pass.ToString();
        Assert.Contains($"cudnnFindConvolution{direction}AlgorithmEx 32 1000", _driver.Calls);
    }

    [Theory]
    [MemberData(nameof(Passes))]
    public void Deterministic_is_the_first_listed_that_is_and_fits_and_nothing_is_timed(ConvolutionPass pass)
    {
        _dnn.Algorithms.AddRange([new(0, 1, 0, Determinism: CudnnDeterminism.NonDeterministic), new(1, 1, 2000), new(2, 9, 500), new(3, 1, 0)]);
        _dnn.Fused.UnionWith([0, 1, 2, 3]);
        using var plan = Plan(s_problem, pass);
        var chosen = ConvolutionSearch.Choose(plan, ConvolutionSearchMode.Deterministic, s_stream, new ConvolutionBuffers(1, 2, 3, 4, 5, 1000));
        Assert.Equal((2, true, null), (chosen!.Number, chosen.IsDeterministic, chosen.Milliseconds));
        Assert.DoesNotContain(_driver.Calls, call => call.StartsWith("cudnnFind", StringComparison.Ordinal));
        Assert.Equal(0, ConvolutionSearch.Choose(plan, ConvolutionSearchMode.Ranked, s_stream, new ConvolutionBuffers(1, 2, 3, 4))!.Number);
    }

    [Fact]
    public void The_fused_pass_takes_the_first_that_the_library_accepts_for_it()
    {
        _dnn.Algorithms.AddRange([new(6, 1, 0), new(0, 2, 0), new(1, 3, 100)]);
        _dnn.Fused.Add(1);
        using var plan = Plan(s_problem, ConvolutionPass.ForwardBiasRelu);
        var buffers = new ConvolutionBuffers(1, 2, 3, 4, 5, 100);
        Assert.Equal(1, ConvolutionSearch.Choose(plan, ConvolutionSearchMode.Measured, s_stream, buffers)!.Number);
        Assert.Equal(
            ["6 1 0 True 100", "0 1 0 True 100", "1 1 0 True 100"],
            _driver.Take().Where(call => call.Contains("BiasActivation", StringComparison.Ordinal)).Select(call => call[(call.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        Assert.Null(ConvolutionSearch.Choose(plan, ConvolutionSearchMode.Measured, s_stream, buffers with { WorkspaceBytes = 99 }));
        _dnn.Fused.Clear();
        Assert.Null(ConvolutionSearch.Choose(plan, ConvolutionSearchMode.Ranked, s_stream, buffers));
    }

    [Theory]
    [MemberData(nameof(Passes))]
    public void A_run_sets_the_stream_once_and_calls_the_pass_with_the_algorithm_in_use(ConvolutionPass pass)
    {
        _dnn.Algorithms.Add(new(1, 1, 64));
        _dnn.Fused.Add(1);
        using var plan = Plan(s_problem, pass);
        Assert.Throws<InvalidOperationException>(() => plan.TryRun(s_stream, default));
        plan.Use(plan.Rank()[0]);
        _driver.Take();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(plan.TryRun(s_stream, new ConvolutionBuffers(1, 2, 3, 4, 5, 64)));
        }

        var calls = _driver.Take();
        Assert.Equal(4, calls.Length);
        Assert.Equal("cudnnSetStream 2 90", calls[0]);
        Assert.StartsWith(pass == ConvolutionPass.ForwardBiasRelu ? "cudnnConvolutionBiasActivationForward 1" : $"cudnnConvolution{pass} ", calls[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_says_at_which_convolution()
    {
        _dnn.Algorithms.Add(new(1, 1, 64));
        _dnn.Statuses["cudnnConvolutionBackwardData"] = CudnnStatus.ExecutionFailed;
        using var plan = Plan(s_problem, ConvolutionPass.BackwardData);
        plan.Use(plan.Rank()[0]);
        var message = Assert.Throws<CudaException>(() => plan.TryRun(s_stream, default)).Message;
        Assert.Contains("cudnnConvolutionBackwardData gave 5000", message, StringComparison.Ordinal);
        Assert.Contains("BackwardData of 2 x 96 x 27 x 27 with 256 filters of 5 x 5", message, StringComparison.Ordinal);
    }

    private IConvolutionPlan Plan(ConvolutionProblem problem, ConvolutionPass pass) => new CudnnConvolutions(_handle).Plan(problem, pass);
}
