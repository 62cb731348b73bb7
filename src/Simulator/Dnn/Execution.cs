using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Core;
using AlexNetCuda.Simulator.Numerics;

namespace AlexNetCuda.Simulator.Dnn;

/// <summary>A tensor in device memory, under the parameter's name.</summary>
internal readonly record struct Operand(string Name, TensorShape Shape, ulong Address);

/// <summary>What cudnnConvolutionBiasActivationForward does after the convolution.</summary>
internal sealed record FusedTail(float Alpha2, Operand Z, Operand Bias, CudnnActivationMode Mode);

/// <summary>One convolution that a stream shall do, with all it needs to know: descriptors may be gone by then.</summary>
/// <param name="Problem">The convolution.</param>
/// <param name="Left">As of <see cref="ConvolutionSums.Run"/>.</param>
/// <param name="Right">Likewise.</param>
/// <param name="Output">What is written.</param>
/// <param name="Precision">What is made of the operands.</param>
/// <param name="Order">The order of the sums, drawn anew each time it runs: a graph is launched more than once.</param>
/// <param name="Alpha">Factor of the convolution.</param>
/// <param name="Beta">Factor of what the output was; 0: it is not read.</param>
/// <param name="Tail">The rest of a fused call.</param>
/// <param name="Workspace">Poisoned: address and bytes.</param>
internal sealed record Execution(
    ConvolutionProblem Problem,
    Operand Left,
    Operand Right,
    Operand Output,
    InputPrecision Precision,
    Func<SumOrder> Order,
    float Alpha,
    float Beta,
    FusedTail? Tail,
    (ulong Address, long Bytes) Workspace)
{
    /// <summary>All that is touched.</summary>
    internal List<MemoryUse> Uses()
    {
        List<MemoryUse> uses = [Use(Left, reads: true, writes: false), Use(Right, reads: true, writes: false)];
        if (Tail is not null)
        {
            uses.Add(Use(Tail.Bias, reads: true, writes: false));
            if (Tail.Alpha2 != 0 && Tail.Z.Address != Output.Address) uses.Add(Use(Tail.Z, reads: true, writes: false));
        }

        bool readsOutput = Tail is null ? Beta != 0 : Tail.Alpha2 != 0 && Tail.Z.Address == Output.Address;
        uses.Add(Use(Output, readsOutput, writes: true));
        if (Workspace.Bytes > 0) uses.Add(new MemoryUse(Workspace.Address, Workspace.Bytes, Reads: false, Writes: true, "workSpace"));
        return uses;
    }

    /// <summary>Does it.</summary>
    /// <param name="memory">The device's.</param>
    /// <param name="workers">Threads; 0: all processors.</param>
    /// <param name="poison">Whether the workspace is filled with NaN patterns.</param>
    internal void Run(DeviceMemory memory, int workers, bool poison)
    {
        if (poison && Workspace.Bytes > 0) memory.Fill(Workspace.Address, 0xFF, Workspace.Bytes);
        float[] sums = ConvolutionSums.Run(Problem, Load(memory, Left), Load(memory, Right), Order(), workers);
        if (Tail is null) Store(memory, sums);
        else StoreFused(memory, sums, Tail);
    }

    private static MemoryUse Use(Operand operand, bool reads, bool writes) => new(operand.Address, operand.Shape.Bytes, reads, writes, operand.Name);

    private float[] Load(DeviceMemory memory, Operand operand)
    {
        TensorShape shape = operand.Shape;
        var values = new float[shape.Count];
        nint origin = memory.HostPointer(operand.Address, shape.Bytes);
        if (shape.Format == CudnnTensorFormat.Nchw)
        {
            shape.Kind.Read(origin, 0, values);
        }
        else
        {
            for (var i = 0; i < values.Length; i++) values[i] = shape.Kind.Read(origin, Index(shape, i));
        }

        Rounding.Round(values, Precision);
        return values;
    }

    private void Store(DeviceMemory memory, float[] sums)
    {
        TensorShape shape = Output.Shape;
        nint origin = memory.HostPointer(Output.Address, shape.Bytes, willWrite: true);
        for (var i = 0; i < sums.Length; i++)
        {
            long at = Index(shape, i);
            float value = Alpha * sums[i];
            if (Beta != 0) value = MathF.FusedMultiplyAdd(Beta, shape.Kind.Read(origin, at), value);
            shape.Kind.Write(origin, at, value);
        }
    }

    private void StoreFused(DeviceMemory memory, float[] sums, FusedTail tail)
    {
        TensorShape shape = Output.Shape;
        int plane = shape.H * shape.W;
        nint origin = memory.HostPointer(Output.Address, shape.Bytes, willWrite: true);
        nint bias = memory.HostPointer(tail.Bias.Address, tail.Bias.Shape.Bytes);
        nint z = tail.Alpha2 != 0 ? memory.HostPointer(tail.Z.Address, tail.Z.Shape.Bytes) : 0;
        for (var i = 0; i < sums.Length; i++)
        {
            long at = Index(shape, i);
            float value = (Alpha * sums[i]) + shape.Kind.Read(bias, i / plane % shape.C);
            if (tail.Alpha2 != 0) value = MathF.FusedMultiplyAdd(tail.Alpha2, shape.Kind.Read(z, at), value);
            // CUDNN_NOT_PROPAGATE_NAN: the maximum of NaN and 0 is 0.
            if (tail.Mode == CudnnActivationMode.Relu && !(value > 0)) value = 0;
            shape.Kind.Write(origin, at, value);
        }
    }

    /// <summary>Where the element lies that is this one in NCHW order.</summary>
    private static long Index(TensorShape shape, int i)
    {
        if (shape.Format == CudnnTensorFormat.Nchw) return i;
        int plane = shape.H * shape.W, channel = i / plane % shape.C, n = i / plane / shape.C;
        return ((((long)n * plane) + (i % plane)) * shape.C) + channel;
    }
}
