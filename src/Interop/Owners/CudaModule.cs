using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>Loaded kernels.</summary>
public sealed unsafe class CudaModule : ContextOwned
{
    private const int LogBytes = 16 * 1024;

    private CudaModule(CudaContext context, CUmodule handle, string name, string log)
        : base(context)
    {
        Handle = handle;
        Name = name;
        Log = log;
    }

    /// <summary>The module's handle.</summary>
    public CUmodule Handle { get; }

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    /// <summary>What the driver's compiler said of PTX: nothing, as a rule.</summary>
    public string Log { get; }

    /// <summary>Loads a cubin, or compiles PTX for the device. The context need not be current.</summary>
    /// <param name="context">The context.</param>
    /// <param name="name">What to call it in messages, as "lrn".</param>
    /// <param name="image">A cubin, or PTX as text in UTF-8.</param>
    /// <exception cref="CudaException">It does not load: the message has the compiler's log.</exception>
    public static CudaModule Load(CudaContext context, string name, ReadOnlySpan<byte> image)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(name);

        // The driver takes no length: PTX ends with a zero. A cubin knows its own, and does not mind the zero.
        var memory = (byte*)NativeMemory.Alloc((nuint)image.Length + 1 + (2 * LogBytes));
        try
        {
            image.CopyTo(new Span<byte>(memory, image.Length));
            memory[image.Length] = 0;
            var information = memory + image.Length + 1;
            var errors = information + LogBytes;
            *information = 0;
            *errors = 0;
            var options = stackalloc CUjitOption[]
            {
                CUjitOption.InfoLogBuffer, CUjitOption.InfoLogBufferSizeBytes, CUjitOption.ErrorLogBuffer, CUjitOption.ErrorLogBufferSizeBytes,
                CUjitOption.GenerateLineInfo, // costs no time on the device, and lets profilers show the source
            };
            var values = stackalloc void*[] { information, (void*)LogBytes, errors, (void*)LogBytes, (void*)1 };
            using var scope = context.Enter();
            CUmodule module;
            var status = context.Driver.ModuleLoadDataEx(&module, memory, 5, options, values);
            context.Driver.Check(status, "cuModuleLoadDataEx", $"loading the kernels '{name}'{(Text(errors).Length == 0 ? "" : "; the compiler says: ")}{Text(errors)}");
            return new CudaModule(context, module, name, Text(information));
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    /// <summary>Finds a kernel.</summary>
    /// <exception cref="CudaException">The module has none of this name.</exception>
    public CUfunction GetFunction(string kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var bytes = new byte[Encoding.UTF8.GetByteCount(kernel) + 1];
        Encoding.UTF8.GetBytes(kernel, bytes);
        CUfunction function;
        fixed (byte* text = bytes)
        {
            Driver.Check(Driver.ModuleGetFunction(&function, Handle, text), "cuModuleGetFunction", $"looking for the kernel '{kernel}' in '{Name}'");
        }

        return function;
    }

    private protected override void Destroy() => CheckDestroyed(Driver.ModuleUnload(Handle), "cuModuleUnload", "unloading kernels");

    private static string Text(byte* log) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(log)).Trim();
}
