using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <content>Modules and their kernels.</content>
internal sealed unsafe partial class SimulatedDriver
{
    private const int VersionWithParamInfo = 12_040;

    public CUresult ModuleLoadDataEx(CUmodule* module, void* image, uint optionCount, CUjitOption* options, void** optionValues)
    {
        using Call call = Begin("cuModuleLoadDataEx", $"{optionCount} options");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (module is null || image is null) return call.End(CUresult.ErrorInvalidValue);
        if (optionCount > 0 && (options is null || optionValues is null)) return call.End(CUresult.ErrorInvalidValue);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        var log = new JitLog(new ReadOnlySpan<CUjitOption>(options, (int)optionCount), optionValues);
        CUresult result = ModuleImage.Read(image, core.Options.DriverVersion, context.Device.Gpu, log, out PtxModule? parsed);
        LoadedModule? loaded = null;
        if (parsed is not null)
        {
            try
            {
                loaded = context.Device.Machine.Load(parsed);
                foreach (KernelDeclaration kernel in parsed.Kernels)
                    log.Info($"ptxas info    : Compiling entry function '{kernel.Name}' for 'sm_{context.Device.Gpu.Architecture}'");
            }
            catch (PtxParseException error)
            {
                log.Error($"ptxas application ptx input, {error.Message}");
                result = CUresult.ErrorInvalidPtx;
            }
        }

        log.Close();
        if (loaded is null) return call.End(result);
        *module = new CUmodule(core.NewHandle("CUmod_st", new SimulatedModule(context, loaded), context));
        return call.End(CUresult.Success, Name(module->Value));
    }

    public CUresult ModuleUnload(CUmodule module)
    {
        using Call call = Begin("cuModuleUnload", Name(module.Value));
        if (!call.Begins()) return call.Status;
        CUresult current = core.CurrentContext(out _);
        if (core.Handles.Find<SimulatedModule>(module.Value) is not { } known)
            return call.End(current == CUresult.Success ? CUresult.ErrorInvalidHandle : current);
        if (current is CUresult.ErrorInvalidContext or CUresult.ErrorContextIsDestroyed) return call.End(current);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        CUresult result = core.WaitForAll(known.Context);
        known.IsUnloaded = true;
        known.Loaded.Dispose();
        foreach (SimulatedFunction function in known.Functions.Values) core.ReleaseHandle<SimulatedFunction>(function.Handle, known.Context);
        core.ReleaseHandle<SimulatedModule>(module.Value, known.Context);
        return call.End(result);
    }

    public CUresult ModuleGetFunction(CUfunction* function, CUmodule module, byte* name)
    {
        string? text = Marshal.PtrToStringUTF8((nint)name);
        using Call call = Begin("cuModuleGetFunction", $"{Name(module.Value)}, {text ?? "null"}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (function is null || text is null) return call.End(CUresult.ErrorInvalidValue);
        if (core.Handles.Find<SimulatedModule>(module.Value) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (!known.Functions.TryGetValue(text, out SimulatedFunction? found))
        {
            if (!known.Loaded.Kernels.TryGetValue(text, out LoadedKernel? kernel)) return call.End(CUresult.ErrorNotFound);
            found = new SimulatedFunction(known, kernel, Math.Max(0, GpuLimits.SharedBytes - kernel.StaticSharedBytes));
            found.Handle = core.NewHandle("CUfunc_st", found, context, owned: true);
            known.Functions.Add(text, found);
        }

        *function = new CUfunction(found.Handle);
        return call.End(CUresult.Success, Name(found.Handle));
    }

    public CUresult FuncGetAttribute(int* value, CUfunctionAttribute attribute, CUfunction function)
    {
        using Call call = Begin("cuFuncGetAttribute", $"{attribute}, {Name(function.Value)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (value is null) return call.End(CUresult.ErrorInvalidValue);
        if (core.Handles.Find<SimulatedFunction>(function.Value) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        if (Occupancy.Attribute(context.Device.Gpu, known, attribute) is not { } found) return call.End(CUresult.ErrorInvalidValue);
        *value = found;
        return call.End(CUresult.Success, $"{found}");
    }

    public CUresult FuncSetAttribute(CUfunction function, CUfunctionAttribute attribute, int value)
    {
        using Call call = Begin("cuFuncSetAttribute", $"{Name(function.Value)}, {attribute}, {value}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (core.Handles.Find<SimulatedFunction>(function.Value) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        // Of those we know, all others are read-only.
        if (attribute != CUfunctionAttribute.MaxDynamicSharedSizeBytes) return call.End(CUresult.ErrorInvalidValue);
        if (value < 0 || value > context.Device.Gpu.SharedBytesOptIn - known.Kernel.StaticSharedBytes) return call.End(CUresult.ErrorInvalidValue);
        known.MaximumDynamicBytes = value;
        return call.End(CUresult.Success);
    }

    public CUresult FuncGetParamInfo(CUfunction function, nuint index, nuint* offset, nuint* size)
    {
        using Call call = Begin("cuFuncGetParamInfo", $"{Name(function.Value)}, {index}");
        if (!call.Begins(out SimulatedContext _)) return call.Status;
        if (core.Options.DriverVersion < VersionWithParamInfo) return call.End(CUresult.ErrorNotFound);
        if (offset is null) return call.End(CUresult.ErrorInvalidValue);
        if (core.Handles.Find<SimulatedFunction>(function.Value) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        IReadOnlyList<KernelParameter> parameters = known.Kernel.Declaration.Parameters;
        if (index >= (nuint)parameters.Count) return call.End(CUresult.ErrorInvalidValue);
        *offset = (nuint)parameters[(int)index].Offset;
        if (size is not null) *size = (nuint)parameters[(int)index].Bytes;
        return call.End(CUresult.Success, $"{*offset}");
    }

    public CUresult OccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int blockSize, nuint dynamicSharedBytes)
    {
        using Call call = Begin("cuOccupancyMaxActiveBlocksPerMultiprocessor", $"{Name(function.Value)}, {blockSize}, {dynamicSharedBytes}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (blocks is null || blockSize <= 0) return call.End(CUresult.ErrorInvalidValue);
        if (core.Handles.Find<SimulatedFunction>(function.Value) is not { } known) return call.End(CUresult.ErrorInvalidHandle);
        *blocks = Occupancy.Blocks(context.Device.Gpu, known, blockSize, (long)Math.Min(dynamicSharedBytes, int.MaxValue));
        return call.End(CUresult.Success, $"{*blocks}");
    }

    public CUresult LaunchKernel(
        CUfunction function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint blockX,
        uint blockY,
        uint blockZ,
        uint sharedBytes,
        CUstream stream,
        void** arguments,
        void** extra)
    {
        SimulatedFunction? known = core.Find<SimulatedFunction>(function.Value);
        using Call call = Begin("cuLaunchKernel",
            $"{known?.Kernel.Name ?? Name(function.Value)}, ({gridX}, {gridY}, {gridZ}), ({blockX}, {blockY}, {blockZ}), {sharedBytes}, {Name(stream)}");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        if (known is null || context.StreamOf(stream) is not { } target) return call.End(CUresult.ErrorInvalidHandle);
        if (!ReferenceEquals(known.Module.Context, target.Context)) return call.End(CUresult.ErrorInvalidHandle);
        if (gridX > int.MaxValue || gridY > GpuLimits.GridY || gridZ > GpuLimits.GridY) return call.End(CUresult.ErrorInvalidValue);
        if (blockX > GpuLimits.BlockX || blockY > GpuLimits.BlockX || blockZ > GpuLimits.BlockZ) return call.End(CUresult.ErrorInvalidValue);
        if ((ulong)gridX * gridY * gridZ == 0 || blockX * blockY * blockZ == 0) return call.End(CUresult.ErrorInvalidValue);
        var shape = new LaunchConfiguration(
            new Extent3((int)gridX, (int)gridY, (int)gridZ),
            new Extent3((int)blockX, (int)blockY, (int)blockZ),
            (int)Math.Min(sharedBytes, int.MaxValue));
        if (Occupancy.Refuses(context.Device.Gpu, known, shape) is var refused and not CUresult.Success) return call.End(refused);
        byte[]? parameters = KernelParameters.Copy(known.Kernel.Declaration, arguments, extra);
        if (parameters is null) return call.End(CUresult.ErrorInvalidValue);
        CUresult result = core.Submit(target, new KernelCommand(known, shape, parameters), out _);
        return call.End(result, core.Options.Trace is null ? "" : KernelParameters.Describe(core, known.Kernel.Declaration, parameters));
    }
}
