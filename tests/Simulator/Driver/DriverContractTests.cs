using System.Reflection;
using AlexNetCuda.Interop;
using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>What holds for every function of the contract, with nothing but zeros for arguments.</summary>
public sealed unsafe class DriverContractTests
{
    // They ask nothing of a context, or are how one gets out of a broken one.
    private static readonly string[] s_withoutContext =
    [
        "cuInit", "cuDriverGetVersion", "cuGetErrorName", "cuGetErrorString", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName",
        "cuDeviceGetAttribute", "cuDeviceTotalMem_v2", "cuDeviceGetPCIBusId", "cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease_v2",
        "cuDevicePrimaryCtxReset_v2", "cuDevicePrimaryCtxGetState", "cuDevicePrimaryCtxSetFlags_v2", "cuCtxPushCurrent_v2",
        "cuCtxPopCurrent_v2", "cuCtxGetCurrent", "cuCtxSetCurrent", "cuGraphGetNodes", "cuGraphNodeGetType", "cuGraphDestroy",
        "cuGraphExecDestroy",
    ];

    private static IEnumerable<(string Name, MethodInfo Method)> Functions =>
        typeof(ICudaDriver).GetMethods().Select(m => (m.GetCustomAttribute<EntryPointAttribute>()!.Name, m));

    private static CUresult Call(ICudaDriver driver, MethodInfo method) => (CUresult)method.Invoke(driver,
        [.. method.GetParameters().Select(p => p.ParameterType.IsPointer ? Pointer.Box(null, p.ParameterType) : Activator.CreateInstance(p.ParameterType))])!;

    [Fact]
    public void Each_is_counted_and_fails_on_purpose_under_its_exported_name()
    {
        using var machine = new TestMachine(new SimulatorOptions { Faults = [.. Functions.Select(f => new InjectedFault(f.Name, 7, 999))] });
        foreach ((string name, MethodInfo method) in Functions)
        {
            while (machine.Cuda.Counters.CallsOf(name) < 6) Call(machine.Driver, method);
            Assert.Equal((name, CUresult.ErrorUnknown), (name, Call(machine.Driver, method)));
            Assert.Equal((name, 7L), (name, machine.Cuda.Counters.CallsOf(name)));
        }
    }

    [Fact]
    public void Each_but_a_few_needs_cuInit_and_a_context()
    {
        using var cuda = new SimulatedCuda();
        string[] early = ["cuInit", "cuDriverGetVersion", "cuGetErrorName", "cuGetErrorString"];
        foreach ((string name, MethodInfo method) in Functions.Where(f => !early.Contains(f.Name)))
            Assert.Equal((name, CUresult.ErrorNotInitialized), (name, Call(cuda.Driver, method)));
        Ok(cuda.Driver.Init(0));
        foreach ((string name, MethodInfo method) in Functions.Where(f => !s_withoutContext.Contains(f.Name)))
        {
            bool asksForHandleFirst = name is "cuMemFree_v2" or "cuMemFreeHost";
            CUresult result = Call(cuda.Driver, method);
            Assert.True(result == CUresult.ErrorInvalidContext || asksForHandleFirst, $"{name}: {result}");
        }
    }

    [Fact]
    public void Each_that_needs_the_context_gives_its_sticky_error()
    {
        using var machine = new TestMachine(new SimulatorOptions { Faults = [new InjectedFault("cuMemsetD8Async", 1, 700) { IsLate = true }] });
        Ok(machine.Driver.MemsetD8Async(machine.Allocate(4), 0, 4, default));
        Assert.Equal(CUresult.ErrorIllegalAddress, machine.Driver.CtxSynchronize());
        foreach ((string name, MethodInfo method) in Functions.Where(f => !s_withoutContext.Contains(f.Name)))
            Assert.Equal((name, CUresult.ErrorIllegalAddress), (name, Call(machine.Driver, method)));
    }

    [Fact]
    public void Null_for_what_must_be_written_is_an_invalid_value_and_nothing_throws()
    {
        using var machine = new TestMachine();
        foreach ((string name, MethodInfo method) in Functions.Where(f => !f.Name.StartsWith("cuDevicePrimaryCtxRe", StringComparison.Ordinal)))
        {
            CUresult result = Call(machine.Driver, method);
            bool writes = name.Contains("Get", StringComparison.Ordinal) || name.EndsWith("Create", StringComparison.Ordinal);
            if (writes) Assert.True(result is CUresult.ErrorInvalidValue or CUresult.ErrorInvalidHandle, $"{name}: {result}");
            if (name is "cuCtxPopCurrent_v2") Ok(machine.Driver.CtxSetCurrent(machine.Context));
            if (name is "cuCtxSetCurrent") Ok(machine.Driver.CtxSetCurrent(machine.Context));
        }
    }
}
