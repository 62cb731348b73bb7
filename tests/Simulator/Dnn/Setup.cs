using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Simulator.Dnn;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>One direction of a convolution: descriptors, memory, and the three directions' functions under one name.</summary>
internal sealed unsafe class Setup
{
    private readonly DnnLab _lab;

    internal Setup(DnnLab lab, ConvolutionCase c, Direction direction)
    {
        (_lab, Case, Direction) = (lab, c, direction);
        (XDesc, WDesc, YDesc, ConvDesc) = (lab.Tensor(c.XShape), lab.Filter(c.WShape), lab.Tensor(c.YShape), lab.Convolution(c));
        (XNumbers, WNumbers, YNumbers) = (DnnLab.Numbers(c.XShape, 1), DnnLab.Numbers(c.WShape, 2), DnnLab.Numbers(c.YShape, 3));
        (X, W, Y) = (lab.Put(c.XShape, XNumbers), lab.Put(c.WShape, WNumbers), lab.Put(c.YShape, YNumbers));
    }

    internal ConvolutionCase Case { get; }

    internal Direction Direction { get; }

    internal CudnnTensorDescriptor XDesc { get; }

    internal CudnnFilterDescriptor WDesc { get; }

    internal CudnnTensorDescriptor YDesc { get; }

    internal CudnnConvolutionDescriptor ConvDesc { get; }

    internal float[] XNumbers { get; }

    internal float[] WNumbers { get; }

    internal float[] YNumbers { get; }

    internal ulong X { get; set; }

    internal ulong W { get; set; }

    internal ulong Y { get; set; }

    internal ulong Workspace { get; private set; }

    internal TensorShape OutputShape => Direction switch
    {
        Direction.Forward => Case.YShape,
        Direction.BackwardData => Case.XShape,
        _ => Case.WShape,
    };

    internal ulong Output => Direction switch
    {
        Direction.Forward => Y,
        Direction.BackwardData => X,
        _ => W,
    };

    internal float[] Result => _lab.Get(OutputShape, Output);

    internal CudnnStatus WorkspaceSize(int algorithm, out nuint bytes)
    {
        bytes = 0;
        fixed (nuint* size = &bytes)
        {
            return Direction switch
            {
                Direction.Forward => _lab.Dnn.GetConvolutionForwardWorkspaceSize(
                    _lab.Handle, XDesc, WDesc, ConvDesc, YDesc, (CudnnConvolutionFwdAlgo)algorithm, size),
                Direction.BackwardData => _lab.Dnn.GetConvolutionBackwardDataWorkspaceSize(
                    _lab.Handle, WDesc, YDesc, ConvDesc, XDesc, (CudnnConvolutionBwdDataAlgo)algorithm, size),
                _ => _lab.Dnn.GetConvolutionBackwardFilterWorkspaceSize(
                    _lab.Handle, XDesc, YDesc, ConvDesc, WDesc, (CudnnConvolutionBwdFilterAlgo)algorithm, size),
            };
        }
    }

    internal CudnnStatus Run(int algorithm, ulong workspace, nuint bytes, float alpha = 1, float beta = 0) => Direction switch
    {
        Direction.Forward => _lab.Dnn.ConvolutionForward(
            _lab.Handle, &alpha, XDesc, (void*)X, WDesc, (void*)W, ConvDesc, (CudnnConvolutionFwdAlgo)algorithm, (void*)workspace, bytes, &beta, YDesc, (void*)Y),
        Direction.BackwardData => _lab.Dnn.ConvolutionBackwardData(
            _lab.Handle, &alpha, WDesc, (void*)W, YDesc, (void*)Y, ConvDesc, (CudnnConvolutionBwdDataAlgo)algorithm, (void*)workspace, bytes, &beta, XDesc, (void*)X),
        _ => _lab.Dnn.ConvolutionBackwardFilter(
            _lab.Handle, &alpha, XDesc, (void*)X, YDesc, (void*)Y, ConvDesc, (CudnnConvolutionBwdFilterAlgo)algorithm, (void*)workspace, bytes, &beta, WDesc, (void*)W),
    };

    /// <summary>Runs with as much workspace as is asked for.</summary>
    internal CudnnStatus Run(int algorithm, float alpha = 1, float beta = 0)
    {
        CudnnStatus status = WorkspaceSize(algorithm, out nuint bytes);
        if (status != CudnnStatus.Success) return status;
        Workspace = bytes == 0 ? 0 : _lab.Core.Memory.Allocate((long)bytes);
        return Run(algorithm, Workspace, bytes, alpha, beta);
    }

    internal List<(int Algorithm, CudnnStatus Status, float Time, nuint Memory, CudnnDeterminism Determinism, CudnnMathType MathType)> Get(int requested = 20) =>
        List(requested, find: false, 0, 0);

    internal List<(int Algorithm, CudnnStatus Status, float Time, nuint Memory, CudnnDeterminism Determinism, CudnnMathType MathType)> Find(ulong workspace, nuint bytes) =>
        List(20, find: true, workspace, bytes);

    internal CudnnStatus TryFind(ulong workspace, nuint bytes) => List(20, find: true, workspace, bytes, out _);

    private List<(int Algorithm, CudnnStatus Status, float Time, nuint Memory, CudnnDeterminism Determinism, CudnnMathType MathType)> List(
        int requested, bool find, ulong workspace, nuint bytes)
    {
        DnnLab.Ok(List(requested, find, workspace, bytes, out var list));
        return list;
    }

    // The three structs have the same layout.
    private CudnnStatus List(
        int requested,
        bool find,
        ulong workspace,
        nuint bytes,
        out List<(int Algorithm, CudnnStatus Status, float Time, nuint Memory, CudnnDeterminism Determinism, CudnnMathType MathType)> list)
    {
        var results = stackalloc CudnnConvolutionFwdAlgoPerf[requested];
        int returned = 0;
        var space = (void*)workspace;
        CudnnStatus status = (Direction, find) switch
        {
            (Direction.Forward, false) => _lab.Dnn.GetConvolutionForwardAlgorithms(
                _lab.Handle, XDesc, WDesc, ConvDesc, YDesc, requested, &returned, results),
            (Direction.Forward, true) => _lab.Dnn.FindConvolutionForwardAlgorithm(
                _lab.Handle, XDesc, (void*)X, WDesc, (void*)W, ConvDesc, YDesc, (void*)Y, requested, &returned, results, space, bytes),
            (Direction.BackwardData, false) => _lab.Dnn.GetConvolutionBackwardDataAlgorithms(
                _lab.Handle, WDesc, YDesc, ConvDesc, XDesc, requested, &returned, (CudnnConvolutionBwdDataAlgoPerf*)results),
            (Direction.BackwardData, true) => _lab.Dnn.FindConvolutionBackwardDataAlgorithm(
                _lab.Handle, WDesc, (void*)W, YDesc, (void*)Y, ConvDesc, XDesc, (void*)X, requested, &returned, (CudnnConvolutionBwdDataAlgoPerf*)results, space, bytes),
            (_, false) => _lab.Dnn.GetConvolutionBackwardFilterAlgorithms(
                _lab.Handle, XDesc, YDesc, ConvDesc, WDesc, requested, &returned, (CudnnConvolutionBwdFilterAlgoPerf*)results),
            _ => _lab.Dnn.FindConvolutionBackwardFilterAlgorithm(
                _lab.Handle, XDesc, (void*)X, YDesc, (void*)Y, ConvDesc, WDesc, (void*)W, requested, &returned, (CudnnConvolutionBwdFilterAlgoPerf*)results, space, bytes),
        };
        list = [];
        for (var i = 0; i < returned; i++)
            list.Add(((int)results[i].Algo, results[i].Status, results[i].Time, results[i].Memory, results[i].Determinism, results[i].MathType));
        return status;
    }

    /// <summary>Checks the output against the double-precision convolution: alpha sums + beta before.</summary>
    /// <param name="error">The relative error of a product or a sum.</param>
    /// <param name="alpha">As in the call.</param>
    /// <param name="beta">As in the call.</param>
    internal void AssertResult(double error, float alpha = 1, float beta = 0)
    {
        (double[] sums, double[] magnitudes) = Case.Reference(Direction, XNumbers, WNumbers, YNumbers);
        float[] result = Result, before = Direction switch
        {
            Direction.Forward => YNumbers,
            Direction.BackwardData => XNumbers,
            _ => WNumbers,
        };
        double storage = Case.Type switch
        {
            CudnnDataType.Half => 1.0 / 2048,
            CudnnDataType.BFloat16 => 1.0 / 256,
            _ => 1.0 / (1 << 24),
        };
        for (var i = 0; i < result.Length; i++)
        {
            double expected = (alpha * sums[i]) + (beta == 0 ? 0 : beta * before[i]);
            double tolerance = (error * magnitudes[i] * double.Abs(alpha)) + (storage * 1.01 * double.Abs(expected)) + 1e-6;
            Assert.True(double.Abs(result[i] - expected) <= tolerance, $"{Case} {Direction} [{i}]: {result[i]} and not {expected}");
        }
    }
}
