using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Driver;
using Mc = ManagedCuda.BasicTypes;
using Native = ManagedCuda.DriverAPINativeMethods;

namespace AlexNetCuda.ManagedCuda;

/// <content>
/// Modules, kernels and their launches. ManagedCuda takes images, options and a launch's arguments as arrays, whose lengths the driver's
/// entry points do not say: an image tells its own, and how many parameters a kernel has is asked when it is found.
/// </content>
internal sealed unsafe partial class ManagedCudaDriver
{
    [ThreadStatic]
    private static nint[]? t_arguments;

    private readonly ConcurrentDictionary<nint, int> _parameterCounts = new();

    public CUresult ModuleLoadDataEx(CUmodule* module, void* image, uint optionCount, CUjitOption* options, void** optionValues)
    {
        if (image is null) return CUresult.ErrorInvalidValue;
        var copy = KernelImage.Copy(image);
        if (copy is null) return CUresult.ErrorInvalidImage;
        var names = new Mc.CUJITOption[optionCount];
        var values = new nint[optionCount];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = (Mc.CUJITOption)options[i];
            values[i] = (nint)optionValues[i];
        }

        var result = Native.ModuleManagement.cuModuleLoadDataEx(ref *(Mc.CUmodule*)module, copy, optionCount, names, values);
        for (var i = 0; i < values.Length; i++)
        {
            optionValues[i] = (void*)values[i]; // the driver says here how much of a log it wrote
        }

        return (CUresult)result;
    }

    public CUresult ModuleUnload(CUmodule module) =>
        (CUresult)Native.ModuleManagement.cuModuleUnload(Of(module));

    public CUresult ModuleGetFunction(CUfunction* function, CUmodule module, byte* name)
    {
        var result = (CUresult)Native.ModuleManagement.cuModuleGetFunction(ref *(Mc.CUfunction*)function, Of(module), Marshal.PtrToStringUTF8((nint)name));

        if (result != CUresult.Success) return result;

        // A handle may be given anew once its module was unloaded: what was known of it then no longer holds.
        _parameterCounts.TryRemove(function->Value, out _);
        _ = CountParameters(*function, out _); // where that fails, the launch says so
        return result;
    }

    public CUresult FuncGetAttribute(int* value, CUfunctionAttribute attribute, CUfunction function) =>
        (CUresult)Native.FunctionManagement.cuFuncGetAttribute(ref *value, (Mc.CUFunctionAttribute)attribute, Of(function));

    public CUresult FuncSetAttribute(CUfunction function, CUfunctionAttribute attribute, int value) =>
        (CUresult)Native.FunctionManagement.cuFuncSetAttribute(Of(function), (Mc.CUFunctionAttribute)attribute, value);

    public CUresult FuncGetParamInfo(CUfunction function, nuint index, nuint* offset, nuint* size)
    {
        try
        {
            return (CUresult)Native.FunctionManagement.cuFuncGetParamInfo(Of(function), new Mc.SizeT(index), ref *(Mc.SizeT*)offset, ref *(Mc.SizeT*)size);
        }
        catch (EntryPointNotFoundException)
        {
            return CUresult.ErrorNotFound; // a driver before 12.4
        }
    }

    public CUresult OccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int blockSize, nuint dynamicSharedBytes) =>
        (CUresult)Native.Occupancy.cuOccupancyMaxActiveBlocksPerMultiprocessor(ref *blocks, Of(function), blockSize, new Mc.SizeT(dynamicSharedBytes));

    /// <summary>Arguments as one buffer (extra) are not passed on: the engine does not use them.</summary>
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
        if (extra is not null) return CUresult.ErrorNotSupported;
        nint[]? pointers = null;
        if (arguments is not null)
        {
            if (!_parameterCounts.TryGetValue(function.Value, out var count))
            {
                var counted = CountParameters(function, out count);
                if (counted != CUresult.Success) return counted;
            }

            // An array of the thread's own, so that a step makes none: the driver reads as many as the kernel has.
            pointers = t_arguments;
            if (pointers is null || pointers.Length < count) t_arguments = pointers = new nint[Math.Max(count, 32)];
            new ReadOnlySpan<nint>(arguments, count).CopyTo(pointers);
        }

        return (CUresult)Native.Launch.cuLaunchKernel(
            Of(function), gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes, Of(stream), pointers, null);
    }

    private static Mc.CUmodule Of(CUmodule module) => new() { Pointer = module.Value };

    private static Mc.CUfunction Of(CUfunction function) => new() { Pointer = function.Value };

    private CUresult CountParameters(CUfunction function, out int count)
    {
        for (count = 0; ; count++)
        {
            nuint offset, size;
            var result = FuncGetParamInfo(function, (nuint)count, &offset, &size);
            if (result == CUresult.Success) continue;
            if (result != CUresult.ErrorInvalidValue) return result;
            _parameterCounts[function.Value] = count;
            return CUresult.Success;
        }
    }
}
