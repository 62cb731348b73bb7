using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Dnn;
using AlexNetCuda.Simulator.Numerics;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Dnn;

/// <summary>A simulated cuDNN with a handle, and short words for what tests do with it.</summary>
internal sealed unsafe class DnnLab : IDisposable
{
    internal DnnLab(SimulatorOptions? options = null)
    {
        Core = new FakeCore(options ?? new SimulatorOptions());
        Dnn = new SimulatedCudnn(Core);
        CudnnHandle handle;
        Ok(Dnn.Create(&handle));
        Handle = handle;
    }

    internal FakeCore Core { get; }

    internal SimulatedCudnn Dnn { get; }

    internal CudnnHandle Handle { get; }

    internal static void Ok(CudnnStatus status) => Assert.Equal(CudnnStatus.Success, status);

    internal string LastError()
    {
        byte* text = stackalloc byte[256];
        Dnn.GetLastErrorString(text, 256);
        return new string((sbyte*)text);
    }

    internal CudnnTensorDescriptor Tensor(TensorShape shape)
    {
        CudnnTensorDescriptor descriptor;
        Ok(Dnn.CreateTensorDescriptor(&descriptor));
        Ok(Dnn.SetTensor4dDescriptor(descriptor, shape.Format, shape.Type, shape.N, shape.C, shape.H, shape.W));
        return descriptor;
    }

    internal CudnnFilterDescriptor Filter(TensorShape shape)
    {
        CudnnFilterDescriptor descriptor;
        Ok(Dnn.CreateFilterDescriptor(&descriptor));
        Ok(Dnn.SetFilter4dDescriptor(descriptor, shape.Type, shape.Format, shape.N, shape.C, shape.H, shape.W));
        return descriptor;
    }

    internal CudnnConvolutionDescriptor Convolution(ConvolutionCase c)
    {
        CudnnConvolutionDescriptor descriptor;
        Ok(Dnn.CreateConvolutionDescriptor(&descriptor));
        Ok(Dnn.SetConvolution2dDescriptor(
            descriptor, c.PadY, c.PadX, c.StrideY, c.StrideX, c.DilationY, c.DilationX, c.Mode, CudnnDataType.Float));
        Ok(Dnn.SetConvolutionGroupCount(descriptor, c.Groups));
        Ok(Dnn.SetConvolutionMathType(descriptor, c.Math));
        return descriptor;
    }

    internal CudnnActivationDescriptor Activation(CudnnActivationMode mode, CudnnNanPropagation nan = CudnnNanPropagation.NotPropagateNan)
    {
        CudnnActivationDescriptor descriptor;
        Ok(Dnn.CreateActivationDescriptor(&descriptor));
        Ok(Dnn.SetActivationDescriptor(descriptor, mode, nan, 0));
        return descriptor;
    }

    /// <summary>Numbers that the type has, in NCHW order.</summary>
    internal static float[] Numbers(TensorShape shape, int seed)
    {
        var random = new Random(seed);
        var values = new float[shape.Count];
        foreach (ref float value in values.AsSpan()) value = shape.Kind.Stored((random.NextSingle() * 2) - 1);
        return values;
    }

    /// <summary>Puts numbers in NCHW order into device memory, in the tensor's order and type.</summary>
    internal ulong Put(TensorShape shape, float[] values)
    {
        ulong address = Core.Memory.Allocate(shape.Bytes);
        nint origin = Core.Memory.HostPointer(address, shape.Bytes, willWrite: true);
        for (var i = 0; i < values.Length; i++) shape.Kind.Write(origin, Place(shape, i), values[i]);
        return address;
    }

    internal ulong Put(TensorShape shape, float value) => Put(shape, [.. Enumerable.Repeat(value, (int)shape.Count)]);

    internal float[] Get(TensorShape shape, ulong address)
    {
        nint origin = Core.Memory.HostPointer(address, shape.Bytes);
        return [.. Enumerable.Range(0, (int)shape.Count).Select(i => shape.Kind.Read(origin, Place(shape, i)))];
    }

    /// <summary>A convolution ready to run in one direction, on random numbers.</summary>
    internal Setup Prepare(ConvolutionCase c, Direction direction) => new(this, c, direction);

    internal void Finish() => Assert.Equal(CUresult.Success, Core.Drain(default));

    public void Dispose() => Core.Dispose();

    private static long Place(TensorShape shape, int i)
    {
        if (shape.Format == CudnnTensorFormat.Nchw) return i;
        int plane = shape.H * shape.W;
        return ((((long)(i / plane / shape.C) * plane) + (i % plane)) * shape.C) + (i / plane % shape.C);
    }
}
