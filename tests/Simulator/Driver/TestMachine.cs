using System.Runtime.InteropServices;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Driver;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>A simulated machine whose first primary context is current, with short words for what every test does.</summary>
internal sealed unsafe class TestMachine : IDisposable
{
    public TestMachine(SimulatorOptions? options = null)
    {
        Cuda = new SimulatedCuda(options);
        Ok(Driver.Init(0));
        CUcontext context;
        Ok(Driver.DevicePrimaryCtxRetain(&context, 0));
        Ok(Driver.CtxSetCurrent(context));
        Context = context;
    }

    public SimulatedCuda Cuda { get; }

    public ICudaDriver Driver => Cuda.Driver;

    public CUcontext Context { get; }

    public static void Ok(CUresult result) => Assert.Equal(CUresult.Success, result);

    public void Dispose() => Cuda.Dispose();

    public ulong Allocate(int bytes)
    {
        ulong address;
        Ok(Driver.MemAlloc(&address, (nuint)bytes));
        return address;
    }

    public ulong Allocate(params float[] values)
    {
        ulong address = Allocate(values.Length * 4);
        Write(address, values);
        return address;
    }

    public float* Pinned(params float[] values)
    {
        void* memory;
        Ok(Driver.MemHostAlloc(&memory, (nuint)values.Length * 4, CUmemHostAllocFlags.None));
        values.CopyTo(new Span<float>(memory, values.Length));
        return (float*)memory;
    }

    public void Write<T>(ulong address, params T[] values)
        where T : unmanaged
    {
        fixed (T* source = values) Ok(Driver.MemcpyHtoD(address, source, (nuint)(values.Length * sizeof(T))));
    }

    public T[] Read<T>(ulong address, int count)
        where T : unmanaged
    {
        var values = new T[count];
        fixed (T* target = values) Ok(Driver.MemcpyDtoH(target, address, (nuint)(count * sizeof(T))));
        return values;
    }

    public float[] Read(ulong address, int count) => Read<float>(address, count);

    public CUstream Stream(CUstreamFlags flags = CUstreamFlags.NonBlocking)
    {
        CUstream stream;
        Ok(Driver.StreamCreate(&stream, flags));
        return stream;
    }

    public CUevent Event(CUeventFlags flags = CUeventFlags.Default)
    {
        CUevent made;
        Ok(Driver.EventCreate(&made, flags));
        return made;
    }

    public void Fill(ulong address, float value, int count, CUstream stream) =>
        Ok(Driver.MemsetD32Async(address, BitConverter.SingleToUInt32Bits(value), (nuint)count, stream));

    public void Copy(ulong destination, ulong source, int count, CUstream stream) =>
        Ok(Driver.MemcpyDtoDAsync(destination, source, (nuint)count * 4, stream));

    /// <summary>One of the kernels that ship.</summary>
    public CUmodule Module(string file) => Load(KernelSources.ShippedPtx(file));

    public CUmodule Load(string ptx)
    {
        CUmodule module;
        Ok(TryLoad(ptx, &module));
        return module;
    }

    public CUresult TryLoad(string ptx, CUmodule* module)
    {
        nint image = Marshal.StringToCoTaskMemUTF8(ptx);
        try
        {
            return Driver.ModuleLoadDataEx(module, (void*)image, 0, null, null);
        }
        finally
        {
            Marshal.FreeCoTaskMem(image);
        }
    }

    public CUfunction Function(CUmodule module, string name)
    {
        CUfunction function;
        Ok(TryFunction(module, name, &function));
        return function;
    }

    public CUresult TryFunction(CUmodule module, string name, CUfunction* function)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            return Driver.ModuleGetFunction(function, module, (byte*)text);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>A launch in one dimension; every argument is eight bytes wide here, of which the kernel takes what it declares.</summary>
    public CUresult Launch(CUfunction function, uint blocks, uint threads, CUstream stream, params ulong[] arguments)
    {
        fixed (ulong* values = arguments)
        {
            var pointers = stackalloc void*[arguments.Length + 1];
            for (int i = 0; i < arguments.Length; i++) pointers[i] = values + i;
            return Driver.LaunchKernel(function, blocks, 1, 1, threads, 1, 1, 0, stream, pointers, null);
        }
    }

    /// <summary>A launch as the engine describes it.</summary>
    public void Launch(CUmodule module, KernelLaunch launch, CUstream stream)
    {
        CUfunction function = Function(module, launch.Kernel);
        var bytes = stackalloc byte[launch.Arguments.Count * 64];
        var pointers = stackalloc void*[launch.Arguments.Count];
        for (int i = 0; i < launch.Arguments.Count; i++)
        {
            pointers[i] = bytes + (i * 64);
            launch.Arguments[i].Bytes.Span.CopyTo(new Span<byte>(pointers[i], 64));
        }

        (Extent grid, Extent block) = (launch.Grid, launch.Block);
        Ok(Driver.LaunchKernel(function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z,
            (uint)launch.SharedBytes, stream, pointers, null));
    }

    public CUgraph EndCapture(CUstream stream)
    {
        CUgraph graph;
        Ok(Driver.StreamEndCapture(stream, &graph));
        return graph;
    }

    public CUgraphExec Instantiate(CUgraph graph)
    {
        CUgraphExec executable;
        Ok(Driver.GraphInstantiate(&executable, graph, 0));
        return executable;
    }

    public CUresult EndCaptureFails(CUstream stream)
    {
        var graph = new CUgraph(77);
        CUresult result = Driver.StreamEndCapture(stream, &graph);
        Assert.Equal(default, graph);
        return result;
    }

    /// <summary>Runs on another thread and lets its failures out.</summary>
    public static void OnAnotherThread(Action action)
    {
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(action));
        thread.Start();
        thread.Join();
        if (error is not null) throw error;
    }
}
