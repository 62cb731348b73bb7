using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Simulator.Dnn;
using AlexNetCuda.Simulator.Numerics;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>cudnnConvolutionBiasActivationForward.</summary>
public sealed unsafe class DnnFusedTests
{
    private static readonly ConvolutionCase _case = new(2, 6, 7, 8, 10, 3, 3) { PadY = 1, PadX = 1 };

    /// <summary>A fused call with all it needs.</summary>
    private sealed class Fused
    {
        internal Fused(DnnLab lab, ConvolutionCase c, CudnnActivationMode mode = CudnnActivationMode.Relu)
        {
            Lab = lab;
            Setup = lab.Prepare(c, Direction.Forward);
            BiasShape = new TensorShape(c.Type, CudnnTensorFormat.Nchw, 1, c.K, 1, 1);
            BiasNumbers = DnnLab.Numbers(BiasShape, 5);
            (BiasDesc, Bias) = (lab.Tensor(BiasShape), lab.Put(BiasShape, BiasNumbers));
            ZNumbers = DnnLab.Numbers(c.YShape, 6);
            (ZDesc, Z) = (lab.Tensor(c.YShape), lab.Put(c.YShape, ZNumbers));
            Activation = lab.Activation(mode);
        }

        internal DnnLab Lab { get; }

        internal Setup Setup { get; }

        internal TensorShape BiasShape { get; }

        internal float[] BiasNumbers { get; }

        internal float[] ZNumbers { get; }

        internal CudnnTensorDescriptor BiasDesc { get; set; }

        internal CudnnTensorDescriptor ZDesc { get; set; }

        internal ulong Bias { get; set; }

        internal ulong Z { get; set; }

        internal CudnnActivationDescriptor Activation { get; set; }

        internal CudnnStatus Run(CudnnConvolutionFwdAlgo algorithm, float alpha1 = 1, float alpha2 = 0)
        {
            CudnnStatus status = Setup.WorkspaceSize((int)algorithm, out nuint bytes);
            if (status != CudnnStatus.Success) return status;
            ulong workspace = bytes == 0 ? 0 : Lab.Core.Memory.Allocate((long)bytes);
            return Lab.Dnn.ConvolutionBiasActivationForward(
                Lab.Handle, &alpha1, Setup.XDesc, (void*)Setup.X, Setup.WDesc, (void*)Setup.W, Setup.ConvDesc, algorithm, (void*)workspace, bytes,
                &alpha2, ZDesc, (void*)Z, BiasDesc, (void*)Bias, Activation, Setup.YDesc, (void*)Setup.Y);
        }

        internal double[] Expected(double alpha1, double alpha2, bool relu)
        {
            ConvolutionCase c = Setup.Case;
            (double[] sums, _) = c.Reference(Direction.Forward, Setup.XNumbers, Setup.WNumbers, Setup.YNumbers);
            return [.. sums.Select((s, i) =>
            {
                double value = (alpha1 * s) + (alpha2 * ZNumbers[i]) + BiasNumbers[i / (c.OutputH * c.OutputW) % c.K];
                return relu ? Math.Max(value, 0) : value;
            })];
        }
    }

    [Theory]
    [InlineData(0, 0, 0f)]
    [InlineData(0, 0, -1.5f)]
    [InlineData(2, 0, 2f)]
    [InlineData(2, 1, 0f)]
    [InlineData(9, 1, 1f)]
    public void It_convolves_adds_and_cuts(int type, int format, float alpha2)
    {
        foreach (CudnnActivationMode mode in Enum.GetValues<CudnnActivationMode>())
        {
            using var lab = new DnnLab();
            var fused = new Fused(lab, _case with { Type = (CudnnDataType)type, Format = (CudnnTensorFormat)format }, mode);
            lab.Core.Memory.Fill(fused.Setup.Y, 0xFF, fused.Setup.OutputShape.Bytes);
            DnnLab.Ok(fused.Run(CudnnConvolutionFwdAlgo.ImplicitPrecompGemm, alpha1: 0.5f, alpha2));
            lab.Finish();
            double[] expected = fused.Expected(0.5, alpha2, mode == CudnnActivationMode.Relu);
            ElementKind kind = fused.Setup.OutputShape.Kind;
            double relative = kind == ElementKind.Float32 ? 1e-6 : kind == ElementKind.Float16 ? 1.0 / 2048 : 1.0 / 256;
            Assert.All(fused.Setup.Result.Zip(expected), p => Assert.True(double.Abs(p.First - p.Second) <= (relative * double.Abs(p.Second)) + 2e-5));
            Assert.Empty(lab.Core.Reports);
        }
    }

    [Fact]
    public void Z_may_be_y_and_is_not_read_when_alpha2_is_0()
    {
        using var lab = new DnnLab();
        var fused = new Fused(lab, _case);
        fused.Z = fused.Setup.Y;
        lab.Core.Memory.Fill(fused.Setup.Y, 0xFF, fused.Setup.OutputShape.Bytes);
        DnnLab.Ok(fused.Run(CudnnConvolutionFwdAlgo.ImplicitPrecompGemm));
        Assert.Single(lab.Core.Queue[0].Uses, u => u.Operand == "y" && !u.Reads && u.Writes);
        Assert.DoesNotContain(lab.Core.Queue[0].Uses, u => u.Operand == "z");
        lab.Finish();
        Assert.All(fused.Setup.Result.Zip(fused.Expected(1, 0, relu: true)), p => Assert.Equal(p.Second, p.First, 1e-5));

        float[] before = fused.Setup.Result;
        DnnLab.Ok(fused.Run(CudnnConvolutionFwdAlgo.ImplicitPrecompGemm, alpha2: 1));
        Assert.Single(lab.Core.Queue[0].Uses, u => u.Operand == "y" && u.Reads && u.Writes);
        lab.Finish();
        double[] sums = fused.Expected(1, 0, relu: false);
        Assert.All(fused.Setup.Result.Select((v, i) => (v, Math.Max(sums[i] + before[i], 0))), p => Assert.Equal(p.Item2, p.v, 1e-5));
        Assert.Empty(lab.Core.Reports);

        fused.Z = fused.Setup.Y + 16;
        DnnLab.Ok(fused.Run(CudnnConvolutionFwdAlgo.ImplicitPrecompGemm, alpha2: 1));
        Assert.Contains(lab.Core.Reports, r => r.Contains("overlaps z in part", StringComparison.Ordinal));
    }

    [Fact]
    public void A_nan_is_cut_to_0()
    {
        using var lab = new DnnLab();
        var fused = new Fused(lab, _case);
        fused.Bias = lab.Put(fused.BiasShape, float.NaN);
        DnnLab.Ok(fused.Run(CudnnConvolutionFwdAlgo.ImplicitPrecompGemm));
        lab.Finish();
        Assert.All(fused.Setup.Result, v => Assert.Equal(0, v));
    }

    [Theory]
    [InlineData(8907, 75, 1, 1, new[] { 0, 1, 6, 7 })]
    [InlineData(8907, 75, 2, 1, new[] { 0, 1, 6, 7 })]
    [InlineData(90_100, 75, 1, 1, new[] { 1, 7 })]
    [InlineData(90_100, 75, 2, 1, new int[0])]
    [InlineData(90_100, 80, 2, 1, new[] { 1, 7 })]
    [InlineData(8907, 75, 1, 5, new[] { 1 })]
    [InlineData(90_100, 90, 1, 5, new[] { 1 })]
    public void Not_every_algorithm_has_it(int version, int architecture, int groups, int mode, int[] expected)
    {
        SimulatedGpu gpu = SimulatedGpu.A100 with { Major = architecture / 10, Minor = architecture % 10 };
        using var lab = new DnnLab(new SimulatorOptions { CudnnVersion = version, Gpus = [gpu] });
        var fused = new Fused(lab, _case with { Groups = groups }, (CudnnActivationMode)mode);
        var taken = new List<int>();
        for (var algorithm = 0; algorithm < (int)CudnnConvolutionFwdAlgo.Count; algorithm++)
        {
            CudnnStatus status = fused.Run((CudnnConvolutionFwdAlgo)algorithm);
            if (status == CudnnStatus.Success) taken.Add(algorithm);
            else Assert.Equal(CudnnStatus.NotSupported, status);
        }

        Assert.Equal(expected, taken);
    }

    [Fact]
    public void Operands_are_checked()
    {
        using var lab = new DnnLab();
        const CudnnConvolutionFwdAlgo Algorithm = CudnnConvolutionFwdAlgo.ImplicitPrecompGemm;
        var fused = new Fused(lab, _case);
        (CudnnTensorDescriptor zDesc, CudnnTensorDescriptor biasDesc, ulong z, ulong bias) = (fused.ZDesc, fused.BiasDesc, fused.Z, fused.Bias);
        fused.Z = 0;
        Assert.Equal(CudnnStatus.BadParam, fused.Run(Algorithm));
        (fused.Z, fused.Bias) = (z, 0);
        Assert.Equal(CudnnStatus.BadParam, fused.Run(Algorithm));
        (fused.Bias, fused.ZDesc) = (bias, lab.Tensor(_case.YShape with { N = 1 }));
        Assert.Equal(CudnnStatus.BadParam, fused.Run(Algorithm));
        (fused.ZDesc, fused.BiasDesc) = (zDesc, lab.Tensor(fused.BiasShape with { C = 9 }));
        Assert.Equal(CudnnStatus.BadParam, fused.Run(Algorithm));
        fused.BiasDesc = lab.Tensor(fused.BiasShape with { Type = CudnnDataType.Half });
        Assert.Equal(CudnnStatus.NotSupported, fused.Run(Algorithm));
        fused.BiasDesc = biasDesc;
        CudnnActivationDescriptor activation = fused.Activation;
        fused.Activation = lab.Activation(CudnnActivationMode.Relu, CudnnNanPropagation.PropagateNan);
        Assert.Equal(CudnnStatus.NotSupported, fused.Run(Algorithm));
        fused.Activation = default;
        Assert.Equal(CudnnStatus.BadParam, fused.Run(Algorithm));
        CudnnActivationDescriptor unset;
        DnnLab.Ok(lab.Dnn.CreateActivationDescriptor(&unset));
        fused.Activation = unset;
        Assert.Equal(CudnnStatus.BadParam, fused.Run(Algorithm));
        fused.Activation = activation;
        DnnLab.Ok(fused.Run(Algorithm));
        Assert.Empty(lab.Core.Reports);
    }
}
