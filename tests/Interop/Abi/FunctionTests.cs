using System.Reflection;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using Xunit;

namespace AlexNetCuda.Interop.Tests.Abi;

/// <summary>Every function that is declared, against the headers' facts.</summary>
public sealed unsafe class FunctionTests
{
    public static TheoryData<string> Names => [.. Declarations.All.Select(one => one.Where)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_function_is_the_headers(string name)
    {
        var mine = Declarations.All.Single(one => one.Where == name);
        Assert.True(mine.Entry is not null, $"{name} names no entry point");
        foreach (var entry in new[] { mine.Entry.Name, mine.Entry.Fallback }.OfType<string>())
        {
            Assert.True(HeaderFacts.TryGetFunction(entry, out var function), $"{entry} is not in the headers");
            Assert.Null(HeaderFacts.Mismatch(function.GetProperty("ret"), mine.Returned));
            var parameters = function.GetProperty("params").EnumerateArray().ToArray();
            Assert.Equal(parameters.Length, mine.Parameters.Length);
            for (var i = 0; i < parameters.Length; i++)
            {
                Assert.True(HeaderFacts.Mismatch(parameters[i], mine.Parameters[i]) is null, $"{entry}, parameter {i}: {HeaderFacts.Mismatch(parameters[i], mine.Parameters[i])}");
            }
        }
    }

    /// <summary>A flag's parameter is a plain number in the headers, so the facts do not say which flags it takes: these are they.</summary>
    [Theory]
    [InlineData("cuStreamCreate", "CUstream_flags_enum")]
    [InlineData("cuEventCreate", "CUevent_flags_enum")]
    [InlineData("cuDevicePrimaryCtxSetFlags_v2", "CUctx_flags_enum")]
    [InlineData("cuMemHostAlloc", "CU_MEMHOSTALLOC_")]
    public void A_function_that_takes_flags_takes_its_own(string entry, string flags)
    {
        foreach (var mine in Declarations.All.Where(one => one.Entry?.Name == entry))
        {
            var type = mine.Parameters[^1];
            Assert.Equal(flags, type.GetCustomAttribute<NativeEnumAttribute>()?.Header ?? type.GetCustomAttribute<NativeConstantsAttribute>()?.Prefix);
        }
    }

    [Fact]
    public void The_flags_that_are_tested_are_all_there_are()
    {
        var entries = Declarations.All.Where(one => one.Parameters.Any(type => type.IsEnum && type.GetCustomAttribute<FlagsAttribute>() is not null)).Select(one => one.Entry!.Name);
        Assert.Equal(["cuDevicePrimaryCtxSetFlags_v2", "cuEventCreate", "cuMemHostAlloc", "cuStreamCreate"], entries.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_first_headers_of_cuda_12_lack_is_optional()
    {
        foreach (var one in Declarations.All)
        {
            Assert.True(HeaderFacts.TryGetFunction(one.Entry!.Name, out var function));
            if (function.TryGetProperty("cuda", out var range) && Version.Parse(range[0].GetString()!) > new Version(12, 0))
            {
                Assert.True(one.Entry.Optional, $"{one.Entry.Name} came with CUDA {range[0]}");
            }
        }
    }

    [Fact]
    public void Every_contract_is_the_table_it_is_called_through()
    {
        Assert.NotEmpty(Declarations.Natives);
        Assert.Equal(Declarations.Contracts, Declarations.Natives.Select(one => one.Contract));
        foreach (var (contract, native) in Declarations.Natives)
        {
            var table = native.GetField("_table", BindingFlags.Instance | BindingFlags.NonPublic)!.FieldType;
            Assert.Equal(Describe(Declarations.OfContract(contract)), Describe(Declarations.OfTable(table)));
        }
    }

    [Fact]
    public void Nothing_native_is_declared_outside_the_tables()
    {
        foreach (var import in Declarations.Imports)
        {
            Assert.True(Declarations.FollowsAnotherHeader.ContainsKey(import.DeclaringType!.FullName!), $"{import.DeclaringType}.{import.Name} is in no table and follows no header");
        }

        var types = typeof(EntryPointAttribute).Assembly.GetTypes().Select(type => type.FullName);
        Assert.Empty(Declarations.FollowsAnotherHeader.Keys.Except(types));
    }

    /// <summary>The comparison itself: what is nearly right is refused.</summary>
    [Theory]
    [InlineData("cuMemAlloc_v2", 0, typeof(uint*))]
    [InlineData("cuMemAlloc_v2", 0, typeof(ulong))]
    [InlineData("cuMemAlloc_v2", 1, typeof(uint))]
    [InlineData("cuMemFree_v2", 0, typeof(long))]
    [InlineData("cuMemsetD8Async", 1, typeof(sbyte))]
    [InlineData("cuStreamDestroy_v2", 0, typeof(CUevent))]
    [InlineData("cuStreamDestroy_v2", 0, typeof(nint))]
    [InlineData("cuStreamCreate", 0, typeof(CUstream))]
    [InlineData("cuStreamCreate", 0, typeof(CUevent*))]
    [InlineData("cuStreamCreate", 1, typeof(CUstreamCaptureMode))]
    [InlineData("cuGraphExecUpdate_v2", 2, typeof(CUgraphNode*))]
    [InlineData("cuModuleLoadDataEx", 4, typeof(byte**))]
    [InlineData("cudnnSetActivationDescriptor", 3, typeof(float))]
    [InlineData("cublasGemmEx", 1, typeof(CublasMath))]
    public void A_type_that_is_nearly_right_is_refused(string entry, int parameter, Type wrong)
    {
        Assert.True(HeaderFacts.TryGetFunction(entry, out var function));
        Assert.NotNull(HeaderFacts.Mismatch(function.GetProperty("params")[parameter], wrong));
    }

    private static IEnumerable<string> Describe(IEnumerable<Declaration> all) =>
        from one in all
        let name = one.Where[(one.Where.IndexOf('.', StringComparison.Ordinal) + 1)..]
        orderby name
        select $"{one.Returned} {name}({string.Join(", ", one.Parameters.Select(type => type.ToString()))}) = {one.Entry?.Name}, {one.Entry?.Fallback}, {one.Entry?.Optional}";
}
