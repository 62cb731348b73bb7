using System.Text;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <content>Devices, their primary contexts, and which context is current.</content>
internal sealed unsafe partial class SimulatedDriver
{
    public CUresult DeviceGetCount(int* count)
    {
        using Call call = Begin("cuDeviceGetCount", "");
        if (!call.Begins()) return call.Status;
        if (count is null) return call.End(CUresult.ErrorInvalidValue);
        *count = core.Devices.Count;
        return call.End(CUresult.Success, $"{*count}");
    }

    public CUresult DeviceGet(int* device, int ordinal)
    {
        using Call call = Begin("cuDeviceGet", $"{ordinal}");
        if (!call.Begins()) return call.Status;
        if (device is null) return call.End(CUresult.ErrorInvalidValue);
        if (Device(ordinal) is null) return call.End(CUresult.ErrorInvalidDevice);
        *device = ordinal;
        return call.End(CUresult.Success, $"{ordinal}");
    }

    public CUresult DeviceGetName(byte* name, int length, int device)
    {
        using Call call = Begin("cuDeviceGetName", $"{length}, {device}");
        if (!call.Begins()) return call.Status;
        if (name is null || length <= 0) return call.End(CUresult.ErrorInvalidValue);
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        Write(known.Gpu.Name, name, length);
        return call.End(CUresult.Success, known.Gpu.Name);
    }

    public CUresult DeviceGetAttribute(int* value, CUdeviceAttribute attribute, int device)
    {
        using Call call = Begin("cuDeviceGetAttribute", $"{attribute}, {device}");
        if (!call.Begins()) return call.Status;
        if (value is null) return call.End(CUresult.ErrorInvalidValue);
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        if (GpuLimits.Attribute(known.Gpu, attribute) is not { } found) return call.End(CUresult.ErrorInvalidValue);
        *value = found;
        return call.End(CUresult.Success, $"{found}");
    }

    public CUresult DeviceTotalMem(nuint* bytes, int device)
    {
        using Call call = Begin("cuDeviceTotalMem_v2", $"{device}");
        if (!call.Begins()) return call.Status;
        if (bytes is null) return call.End(CUresult.ErrorInvalidValue);
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        *bytes = (nuint)known.Gpu.MemoryBytes;
        return call.End(CUresult.Success, $"{*bytes}");
    }

    public CUresult DeviceGetPciBusId(byte* busId, int length, int device)
    {
        using Call call = Begin("cuDeviceGetPCIBusId", $"{length}, {device}");
        if (!call.Begins()) return call.Status;
        if (busId is null || length <= 0) return call.End(CUresult.ErrorInvalidValue);
        if (Device(device) is null) return call.End(CUresult.ErrorInvalidDevice);
        string text = $"0000:{device + 1:X2}:00.0";
        Write(text, busId, length);
        return call.End(CUresult.Success, text);
    }

    public CUresult DevicePrimaryCtxRetain(CUcontext* context, int device)
    {
        using Call call = Begin("cuDevicePrimaryCtxRetain", $"{device}");
        if (!call.Begins()) return call.Status;
        if (context is null) return call.End(CUresult.ErrorInvalidValue);
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        known.Context.Retained++;
        known.Context.IsActive = true;
        *context = new CUcontext(known.Context.Handle);
        return call.End(CUresult.Success, Name(known.Context.Handle));
    }

    public CUresult DevicePrimaryCtxRelease(int device)
    {
        using Call call = Begin("cuDevicePrimaryCtxRelease_v2", $"{device}");
        if (!call.Begins()) return call.Status;
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        if (known.Context.Retained == 0) return call.End(CUresult.ErrorInvalidContext);
        if (--known.Context.Retained > 0) return call.End(CUresult.Success);
        core.Scheduler.Drain(known.Context);
        core.DestroyLast(known.Context);
        return call.End(CUresult.Success);
    }

    // It destroys what there is and releases nobody's reference: who wants the context back retains it again.
    public CUresult DevicePrimaryCtxReset(int device)
    {
        using Call call = Begin("cuDevicePrimaryCtxReset_v2", $"{device}");
        if (!call.Begins()) return call.Status;
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        if (core.Unsafe() is var refused and not CUresult.Success) return call.End(refused);
        core.Scheduler.Drain(known.Context);
        known.Context.Destroy();
        return call.End(CUresult.Success);
    }

    public CUresult DevicePrimaryCtxGetState(int device, uint* flags, int* active)
    {
        using Call call = Begin("cuDevicePrimaryCtxGetState", $"{device}");
        if (!call.Begins()) return call.Status;
        if (flags is null || active is null) return call.End(CUresult.ErrorInvalidValue);
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        *flags = (uint)known.Context.Flags;
        *active = known.Context.IsActive ? 1 : 0;
        return call.End(CUresult.Success, $"{*flags}, {*active}");
    }

    // ErrorPrimaryContextActive was the answer of the function without _v2; since 11.0 an active context takes the flags too.
    public CUresult DevicePrimaryCtxSetFlags(int device, CUctxFlags flags)
    {
        using Call call = Begin("cuDevicePrimaryCtxSetFlags_v2", $"{device}, {(uint)flags}");
        if (!call.Begins()) return call.Status;
        if (Device(device) is not { } known) return call.End(CUresult.ErrorInvalidDevice);
        // One way of waiting at most, and the bits above that say how memory is mapped.
        if (!int.IsPow2((int)flags & 7) && ((int)flags & 7) != 0) return call.End(CUresult.ErrorInvalidValue);
        if (((int)flags & ~0xFF) != 0) return call.End(CUresult.ErrorInvalidValue);
        known.Context.Flags = flags;
        return call.End(CUresult.Success);
    }

    public CUresult CtxPushCurrent(CUcontext context)
    {
        using Call call = Begin("cuCtxPushCurrent_v2", Name(context.Value));
        if (!call.Begins()) return call.Status;
        if (core.Handles.Find<SimulatedContext>(context.Value) is not { } known) return call.End(CUresult.ErrorInvalidContext);
        if (!known.IsActive) return call.End(CUresult.ErrorContextIsDestroyed);
        core.ThreadContexts.Push(known);
        return call.End(CUresult.Success);
    }

    public CUresult CtxPopCurrent(CUcontext* context)
    {
        using Call call = Begin("cuCtxPopCurrent_v2", "");
        if (!call.Begins()) return call.Status;
        if (!core.ThreadContexts.TryPop(out SimulatedContext? popped)) return call.End(CUresult.ErrorInvalidContext);
        if (context is not null) *context = new CUcontext(popped.Handle);
        return call.End(CUresult.Success, Name(popped.Handle));
    }

    public CUresult CtxGetCurrent(CUcontext* context)
    {
        using Call call = Begin("cuCtxGetCurrent", "");
        if (!call.Begins()) return call.Status;
        if (context is null) return call.End(CUresult.ErrorInvalidValue);
        *context = new CUcontext(core.ThreadContexts.TryPeek(out SimulatedContext? top) ? top.Handle : 0);
        return call.End(CUresult.Success, Name(context->Value));
    }

    // No context takes the current one off the stack, as cuCtxPopCurrent would.
    public CUresult CtxSetCurrent(CUcontext context)
    {
        using Call call = Begin("cuCtxSetCurrent", Name(context.Value));
        if (!call.Begins()) return call.Status;
        SimulatedContext? known = core.Handles.Find<SimulatedContext>(context.Value);
        if (context.Value != 0 && known is null) return call.End(CUresult.ErrorInvalidContext);
        if (known is { IsActive: false }) return call.End(CUresult.ErrorContextIsDestroyed);
        core.ThreadContexts.TryPop(out _);
        if (known is not null) core.ThreadContexts.Push(known);
        return call.End(CUresult.Success);
    }

    public CUresult CtxSynchronize()
    {
        using Call call = Begin("cuCtxSynchronize", "");
        if (!call.Begins(out SimulatedContext context)) return call.Status;
        // Not even a relaxed capture allows it: the context cannot be waited for while a stream of it does not run.
        List<Capture> captures = core.Captures.FindAll(c => ReferenceEquals(c.Origin.Context, context));
        foreach (Capture capture in captures) capture.IsSpoilt = true;
        if (captures.Count > 0) return call.End(CUresult.ErrorStreamCaptureUnsupported);
        return call.End(core.Unsafe() is var refused and not CUresult.Success ? refused : core.WaitForAll(context));
    }

    private SimulatedDevice? Device(int ordinal) => ordinal >= 0 && ordinal < core.Devices.Count ? core.Devices[ordinal] : null;

    private static void Write(string text, byte* target, int length)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int count = Math.Min(bytes.Length, length - 1);
        bytes.AsSpan(0, count).CopyTo(new Span<byte>(target, length));
        target[count] = 0;
    }
}
