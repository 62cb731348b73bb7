using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Simulator.Dnn;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>The ways in which an engine uses the lists, from the choice to the run.</summary>
public sealed class DnnProtocolTests
{
    private static readonly ConvolutionCase _case = new(2, 16, 9, 9, 16, 3, 3) { PadY = 1, PadX = 1 };

    public static TheoryData<int, int, int> Platforms()
    {
        var data = new TheoryData<int, int, int>();
        foreach (int version in new[] { 8907, 90_100 })
        {
            foreach (int gpu in new[] { 0, 1, 2, 3 })
            {
                for (var direction = 0; direction < 3; direction++) data.Add(version, gpu, direction);
            }
        }

        return data;
    }

    private static SimulatorOptions Options(int version, int gpu) => new()
    {
        CudnnVersion = version,
        Gpus = [new[] { SimulatedGpu.Gtx1080Ti, SimulatedGpu.TeslaT4, SimulatedGpu.A100, SimulatedGpu.H100 }[gpu]],
        Seed = 2,
    };

    [Theory]
    [MemberData(nameof(Platforms))]
    public void What_find_says_runs_in_the_workspace_it_says(int version, int gpu, int direction)
    {
        using var lab = new DnnLab(Options(version, gpu));
        Setup setup = lab.Prepare(_case with { Math = CudnnMathType.DefaultMath }, (Direction)direction);
        const int Bytes = 4 << 20;
        ulong workspace = lab.Core.Memory.Allocate(Bytes);
        var found = setup.Find(workspace, Bytes);
        Assert.Equal(CudnnStatus.Success, found[0].Status);

        TensorShape shape = setup.OutputShape;
        foreach (var result in found.Where(r => r.Status == CudnnStatus.Success))
        {
            lab.Core.Memory.Fill(setup.Output, 0xFF, shape.Bytes);
            DnnLab.Ok(lab.Dnn.SetConvolutionMathType(setup.ConvDesc, result.MathType));
            DnnLab.Ok(setup.Run(result.Algorithm, workspace, result.Memory));
            lab.Finish();
            setup.AssertResult(result.MathType == CudnnMathType.TensorOpMath ? 1e-3 : 1e-6);
        }

        Assert.Empty(lab.Core.Reports);
    }

    [Theory]
    [MemberData(nameof(Platforms))]
    public void There_is_always_a_deterministic_algorithm_in_float32(int version, int gpu, int direction)
    {
        using var lab = new DnnLab(Options(version, gpu));
        Setup setup = lab.Prepare(_case with { Math = CudnnMathType.FmaMath }, (Direction)direction);
        var chosen = setup.Get().First(r => r.Status == CudnnStatus.Success && r.Determinism == CudnnDeterminism.Deterministic);
        Assert.Equal(CudnnMathType.FmaMath, chosen.MathType);
        DnnLab.Ok(setup.Run(chosen.Algorithm));
        lab.Finish();
        float[] first = setup.Result;
        DnnLab.Ok(setup.Run(chosen.Algorithm));
        lab.Finish();
        Assert.Equal(first, setup.Result);
    }
}
