using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Dnn;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>What the calls that run want of their operands, and what they touch.</summary>
public sealed unsafe class DnnExecutionTests
{
    private static readonly ConvolutionCase _case = new(2, 8, 9, 9, 8, 3, 3) { PadY = 1, PadX = 1 };

    public static TheoryData<int> Directions() => [0, 1, 2];

    [Theory]
    [MemberData(nameof(Directions))]
    public void A_workspace_is_poisoned_and_must_be_large_enough(int direction)
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, (Direction)direction);
        DnnLab.Ok(setup.WorkspaceSize(1, out nuint bytes));
        Assert.NotEqual(0u, bytes);
        ulong workspace = lab.Core.Memory.Allocate((long)bytes + 512);
        Assert.Equal(CudnnStatus.BadParam, setup.Run(1, workspace, bytes - 1));
        Assert.Contains("bytes of workspace", lab.LastError(), StringComparison.Ordinal);
        Assert.Equal(CudnnStatus.BadParam, setup.Run(1, 0, bytes));
        Assert.Equal(CudnnStatus.BadParam, setup.Run(1, 0, 0));
        Assert.Equal(CudnnStatus.BadParam, setup.Run(1, workspace + 8, bytes));
        Assert.Empty(lab.Core.Queue);
        DnnLab.Ok(setup.Run(1, workspace, bytes + 512));
        MemoryUse use = Assert.Single(lab.Core.Queue[0].Uses, u => u.Operand == "workSpace");
        Assert.Equal(new MemoryUse(workspace, (long)bytes, Reads: false, Writes: true, "workSpace"), use);
        lab.Finish();
        Assert.All(lab.Core.Memory.Read<byte>(workspace, (int)bytes), b => Assert.Equal(0xFF, b));
        setup.AssertResult(1e-6);

        // Without a workspace, for what needs none; even with a size, at null.
        DnnLab.Ok(setup.Run(0, 0, 0));
        DnnLab.Ok(setup.Run(0, 0, 77));
        lab.Finish();
        Assert.Empty(lab.Core.Reports);
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public void What_is_touched_is_said(int direction)
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, (Direction)direction);
        DnnLab.Ok(setup.Run(0));
        DnnLab.Ok(setup.Run(0, beta: 1));
        foreach ((Work work, bool reads) in new[] { (lab.Core.Queue[0], false), (lab.Core.Queue[1], true) })
        {
            Assert.Equal(3, work.Uses.Count);
            Assert.Equal(new MemoryUse(setup.Output, setup.OutputShape.Bytes, reads, Writes: true, ((Direction)direction) switch
            {
                Direction.Forward => "y",
                Direction.BackwardData => "dx",
                _ => "dw",
            }), work.Uses[^1]);
            Assert.All(work.Uses.Take(2), u => Assert.True(u.Reads && !u.Writes));
        }

        Assert.StartsWith("cudnnConvolution", lab.Core.Queue[0].Name, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public void Pointers_are_checked(int direction)
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, (Direction)direction);
        (ulong x, ulong w, ulong y) = (setup.X, setup.W, setup.Y);
        setup.X = 0;
        Assert.Equal(CudnnStatus.BadParam, setup.Run(0));
        (setup.X, setup.W) = (x, 0);
        Assert.Equal(CudnnStatus.BadParam, setup.Run(0));
        (setup.W, setup.Y) = (w, 0);
        Assert.Equal(CudnnStatus.BadParam, setup.Run(0));
        setup.Y = y + 2;
        Assert.Equal(CudnnStatus.BadParam, setup.Run(0));
        Assert.Contains("not aligned", lab.LastError(), StringComparison.Ordinal);
        Assert.Empty(lab.Core.Reports);
        Assert.Equal(CudnnStatus.BadParam, setup.Run(99, 0, 0));
    }

    [Fact]
    public void Tensor_cores_want_16_bytes_of_alignment_and_float32_does_not()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, Direction.Forward);
        setup.X = lab.Core.Memory.Allocate(_case.XShape.Bytes + 16) + 4;
        DnnLab.Ok(setup.Run(1));
        DnnLab.Ok(lab.Dnn.SetConvolutionMathType(setup.ConvDesc, CudnnMathType.DefaultMath));
        Assert.Equal(CudnnStatus.BadParam, setup.Run(1));
        DnnLab.Ok(setup.Run(0));
    }

    [Fact]
    public void Alpha_and_beta_must_be_there()
    {
        using var lab = new DnnLab();
        Setup s = lab.Prepare(_case, Direction.Forward);
        float one = 1;
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.ConvolutionForward(
            lab.Handle, null, s.XDesc, (void*)s.X, s.WDesc, (void*)s.W, s.ConvDesc, CudnnConvolutionFwdAlgo.ImplicitGemm, null, 0, &one, s.YDesc, (void*)s.Y));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.ConvolutionForward(
            lab.Handle, &one, s.XDesc, (void*)s.X, s.WDesc, (void*)s.W, s.ConvDesc, CudnnConvolutionFwdAlgo.ImplicitGemm, null, 0, null, s.YDesc, (void*)s.Y));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.ConvolutionBackwardData(
            lab.Handle, null, s.WDesc, (void*)s.W, s.YDesc, (void*)s.Y, s.ConvDesc, CudnnConvolutionBwdDataAlgo.Algo0, null, 0, &one, s.XDesc, (void*)s.X));
        Assert.Equal(CudnnStatus.BadParam, lab.Dnn.ConvolutionBackwardFilter(
            lab.Handle, &one, s.XDesc, (void*)s.X, s.YDesc, (void*)s.Y, s.ConvDesc, CudnnConvolutionBwdFilterAlgo.Algo0, null, 0, null, s.WDesc, (void*)s.W));
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public void Operands_that_overlap_are_reported(int direction)
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, (Direction)direction);
        if (direction == 1) setup.Y = setup.X + 16;
        else if (direction == 0) setup.Y = setup.X;
        else setup.W = setup.Y + 64;
        DnnLab.Ok(setup.Run(0));
        Assert.Contains(lab.Core.Reports, r => r.Contains("overlaps", StringComparison.Ordinal));
    }

    [Fact]
    public void A_workspace_over_an_operand_is_reported()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, Direction.Forward);
        DnnLab.Ok(setup.WorkspaceSize(1, out nuint bytes));
        ulong both = lab.Core.Memory.Allocate(_case.YShape.Bytes + (long)bytes);
        setup.Y = both;
        DnnLab.Ok(setup.Run(1, both + (ulong)(_case.YShape.Bytes / 256 * 256) - 256, bytes));
        Assert.Contains("the workspace overlaps y", Assert.Single(lab.Core.Reports), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_is_gone_is_reported_and_faults_late()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, Direction.Forward);
        lab.Core.Memory.Free(setup.X);
        DnnLab.Ok(setup.Run(0));
        Assert.Contains("x (5184 bytes) is not within live memory", Assert.Single(lab.Core.Reports), StringComparison.Ordinal);
        Assert.Equal(CUresult.ErrorIllegalAddress, lab.Core.Drain(default));

        // Sticky: nothing runs from now on.
        Assert.Equal(CudnnStatus.ExecutionFailed, setup.Run(0, 0, 0));
        Assert.Contains("ErrorIllegalAddress", lab.LastError(), StringComparison.Ordinal);
        Assert.Equal(CudnnStatus.ExecutionFailed, setup.WorkspaceSize(0, out _));
    }

    [Fact]
    public void Descriptors_may_go_before_the_work_runs()
    {
        using var lab = new DnnLab();
        Setup setup = lab.Prepare(_case, Direction.Forward);
        DnnLab.Ok(setup.Run(0));
        DnnLab.Ok(lab.Dnn.DestroyTensorDescriptor(setup.XDesc));
        DnnLab.Ok(lab.Dnn.DestroyFilterDescriptor(setup.WDesc));
        DnnLab.Ok(lab.Dnn.DestroyConvolutionDescriptor(setup.ConvDesc));
        lab.Finish();
        setup.AssertResult(1e-6);
        Assert.Equal(CudnnStatus.BadParam, setup.Run(0, 0, 0));
        Assert.Contains("xDesc was destroyed", Assert.Single(lab.Core.Reports), StringComparison.Ordinal);
    }

    [Fact]
    public void Captured_work_runs_at_each_launch_with_its_own_order_of_sums()
    {
        using var lab = new DnnLab(new SimulatorOptions { Seed = 5 });
        Setup setup = lab.Prepare(new ConvolutionCase(2, 8, 12, 12, 8, 3, 3), Direction.BackwardFilter);
        lab.Core.Capturing = true;
        DnnLab.Ok(setup.Run(0));
        lab.Core.Capturing = false;
        Work node = Assert.Single(lab.Core.Graph);
        var results = new List<float[]>();
        for (var launch = 0; launch < 4; launch++)
        {
            lab.Core.Queue.Add(node);
            lab.Finish();
            setup.AssertResult(1e-6);
            results.Add(setup.Result);
        }

        Assert.Contains(results.Skip(1), r => !r.SequenceEqual(results[0]));
    }
}
