using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Interop.Driver;
using Xunit;
using static AlexNetCuda.Simulator.Tests.Driver.TestMachine;

namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Modules, their kernels and what is known about them.</summary>
public sealed unsafe class DriverModuleTests
{
    private static string Other(string version, string target) =>
        SmallPtx.Text.Replace(".version 7.0", ".version " + version, StringComparison.Ordinal)
            .Replace("sm_52", target, StringComparison.Ordinal);

    [Fact]
    public void Images_are_refused_for_the_documented_reasons()
    {
        using var machine = new TestMachine(new SimulatorOptions { Gpus = [SimulatedGpu.TeslaT4], DriverVersion = 12_020 });
        CUmodule module;
        Ok(machine.TryLoad(Other("8.2", "sm_75"), &module));
        Assert.Equal(CUresult.ErrorUnsupportedPtxVersion, machine.TryLoad(Other("8.3", "sm_75"), &module));
        Assert.Equal(CUresult.ErrorNoBinaryForGpu, machine.TryLoad(Other("8.2", "sm_80"), &module));
        Assert.Equal(CUresult.ErrorInvalidImage, machine.TryLoad("This is no PTX.", &module));
        Assert.Equal(CUresult.ErrorInvalidImage, machine.TryLoad("", &module));
        Assert.Equal(CUresult.ErrorInvalidPtx, machine.TryLoad(SmallPtx.Text.Replace("mul.f32", "mull.f32", StringComparison.Ordinal), &module));
        Assert.Equal(CUresult.ErrorInvalidPtx, machine.TryLoad(SmallPtx.Text[..^40], &module));
        Assert.Equal(CUresult.ErrorNoBinaryForGpu, machine.TryLoad("\u007fELF\u0002\u0001\u0001", &module));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.ModuleLoadDataEx(&module, null, 0, null, null));
    }

    [Fact]
    public void The_version_is_looked_for_at_the_beginning_of_lines()
    {
        using var machine = new TestMachine(new SimulatorOptions { Gpus = [SimulatedGpu.TeslaT4], DriverVersion = 12_020 });
        CUmodule module;
        string With(string directive) => "// .version 9.9\n\n" + Other("8.2", "sm_75").Replace(".version 8.2", directive, StringComparison.Ordinal);
        Ok(machine.TryLoad(With(" \t.version\t8.2 // as new as the driver"), &module));
        Assert.Equal(CUresult.ErrorUnsupportedPtxVersion, machine.TryLoad(With(" .version 10.0"), &module));
        foreach (string none in new[] { ".version", ".version8.2", ".version 8", ".version 8.", ".version .2", ".version 99999999999.2", "// .version 8.2" })
            Assert.Equal(CUresult.ErrorInvalidImage, machine.TryLoad(With(none), &module));
    }

    [Fact]
    public void The_logs_say_what_was_compiled_or_why_not()
    {
        using var machine = new TestMachine();
        Assert.Contains("'scale' for 'sm_80'", Load(machine, SmallPtx.Text, CUresult.Success).Info, StringComparison.Ordinal);
        (string info, string error, nuint filled) = Load(machine, SmallPtx.Text.Replace("mul.f32", "mull.f32", StringComparison.Ordinal), CUresult.ErrorInvalidPtx);
        Assert.Empty(info);
        Assert.Contains("mull.f32", error, StringComparison.Ordinal);
        Assert.Equal((nuint)Encoding.UTF8.GetByteCount(error) + 1, filled);
        Assert.Contains("machine code", Load(machine, "\u007fELF\u0002", CUresult.ErrorNoBinaryForGpu).Error, StringComparison.Ordinal);

        static (string Info, string Error, nuint Filled) Load(TestMachine machine, string ptx, CUresult expected)
        {
            var info = stackalloc byte[100];
            var error = stackalloc byte[1000];
            CUjitOption* options = stackalloc CUjitOption[]
            {
                CUjitOption.InfoLogBuffer, CUjitOption.InfoLogBufferSizeBytes, CUjitOption.ErrorLogBuffer,
                CUjitOption.ErrorLogBufferSizeBytes, CUjitOption.LogVerbose,
            };
            void** values = stackalloc void*[] { info, (void*)100, error, (void*)1000, (void*)1 };
            nint image = Marshal.StringToCoTaskMemUTF8(ptx);
            CUmodule module;
            Assert.Equal(expected, machine.Driver.ModuleLoadDataEx(&module, (void*)image, 5, options, values));
            Marshal.FreeCoTaskMem(image);
            return (Marshal.PtrToStringUTF8((nint)info)!, Marshal.PtrToStringUTF8((nint)error)!, (nuint)values[3]);
        }
    }

    [Fact]
    public void Functions_are_found_by_name_until_the_module_goes()
    {
        using var machine = new TestMachine();
        CUmodule module = machine.Load(SmallPtx.Text);
        CUfunction function = machine.Function(module, "scale"), other;
        Assert.Equal(function, machine.Function(module, "scale"));
        Assert.Equal(CUresult.ErrorNotFound, machine.TryFunction(module, "Scale", &other));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.TryFunction(new CUmodule(4711), "scale", &other));
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.ModuleGetFunction(&other, module, null));
        Ok(machine.Driver.ModuleUnload(module));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.ModuleUnload(module));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Launch(function, 1, 1, default, 0, 0, 0, 0));
    }

    [Fact]
    public void Unloading_waits_for_launches()
    {
        using var machine = new TestMachine();
        CUmodule module = machine.Load(SmallPtx.Text);
        ulong a = machine.Allocate(2f);
        Ok(machine.Launch(machine.Function(module, "scale"), 1, 32, machine.Stream(), a, a, SmallPtx.Bits(3), 1));
        Ok(machine.Driver.ModuleUnload(module));
        Assert.Equal([6], machine.Read(a, 1));
    }

    [Fact]
    public void Parameters_are_listed_by_drivers_from_12_4_on()
    {
        using var machine = new TestMachine();
        CUfunction scale = machine.Function(machine.Load(SmallPtx.Text), "scale");
        var found = new List<(nuint, nuint)>();
        nuint offset, size;
        for (nuint i = 0; machine.Driver.FuncGetParamInfo(scale, i, &offset, &size) == CUresult.Success; i++) found.Add((offset, size));
        Assert.Equal([(0, 8), (8, 8), (16, 4), (20, 4)], found);
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.FuncGetParamInfo(scale, 4, &offset, &size));
        Ok(machine.Driver.FuncGetParamInfo(scale, 3, &offset, null));
        Assert.Equal(CUresult.ErrorInvalidHandle, machine.Driver.FuncGetParamInfo(new CUfunction(1), 0, &offset, &size));
        using var older = new TestMachine(new SimulatorOptions { DriverVersion = 12_030 });
        scale = older.Function(older.Load(SmallPtx.Text), "scale");
        Assert.Equal(CUresult.ErrorNotFound, older.Driver.FuncGetParamInfo(scale, 0, &offset, &size));
    }

    [Fact]
    public void Attributes_are_read_and_dynamic_shared_memory_can_be_raised()
    {
        using var machine = new TestMachine(new SimulatorOptions { Gpus = [SimulatedGpu.TeslaT4] });
        ICudaDriver driver = machine.Driver;
        CUmodule module = machine.Load(SmallPtx.Text);
        CUfunction shared = machine.Function(module, "static_shared"), empty = machine.Function(module, "empty");
        int Value(CUfunction function, CUfunctionAttribute attribute)
        {
            int value;
            Ok(driver.FuncGetAttribute(&value, attribute, function));
            return value;
        }

        Assert.Equal(40960, Value(shared, CUfunctionAttribute.SharedSizeBytes));
        Assert.Equal(8192, Value(shared, CUfunctionAttribute.MaxDynamicSharedSizeBytes));
        Assert.Equal(256, Value(empty, CUfunctionAttribute.MaxThreadsPerBlock));
        Assert.Equal(1024, Value(shared, CUfunctionAttribute.MaxThreadsPerBlock));
        Assert.Equal(75, Value(empty, CUfunctionAttribute.BinaryVersion));
        Assert.Equal(52, Value(empty, CUfunctionAttribute.PtxVersion));
        Assert.InRange(Value(empty, CUfunctionAttribute.NumRegs), 16, 64);
        int number;
        Assert.Equal(CUresult.ErrorInvalidValue, driver.FuncGetAttribute(&number, (CUfunctionAttribute)99, empty));
        Assert.Equal(CUresult.ErrorInvalidHandle, driver.FuncGetAttribute(&number, CUfunctionAttribute.NumRegs, default));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.FuncSetAttribute(empty, CUfunctionAttribute.NumRegs, 16));
        Assert.Equal(CUresult.ErrorInvalidValue, driver.FuncSetAttribute(shared, CUfunctionAttribute.MaxDynamicSharedSizeBytes, (24 << 10) + 1));
        Ok(driver.FuncSetAttribute(shared, CUfunctionAttribute.MaxDynamicSharedSizeBytes, 24 << 10));
        Assert.Equal(24 << 10, Value(shared, CUfunctionAttribute.MaxDynamicSharedSizeBytes));
    }

    [Fact]
    public void Occupancy_is_bound_by_threads_blocks_and_shared_memory()
    {
        using var machine = new TestMachine();
        CUmodule module = machine.Load(SmallPtx.Text);
        CUfunction empty = machine.Function(module, "empty"), shared = machine.Function(module, "static_shared");
        int Blocks(CUfunction function, int threads, int dynamic)
        {
            int blocks;
            Ok(machine.Driver.OccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, threads, (nuint)dynamic));
            return blocks;
        }

        Assert.Equal(8, Blocks(empty, 256, 0));
        Assert.Equal(32, Blocks(empty, 32, 0));
        Assert.Equal(3, Blocks(empty, 32, 48 << 10));
        Assert.Equal(4, Blocks(shared, 32, 0));
        Assert.Equal(0, Blocks(empty, 288, 0));
        Assert.Equal(0, Blocks(empty, 32, 49 << 10));
        int count;
        Assert.Equal(CUresult.ErrorInvalidValue, machine.Driver.OccupancyMaxActiveBlocksPerMultiprocessor(&count, empty, 0, 0));
    }
}
