using System.Reflection;
using System.Text.Json;
using AlexNetCuda.Interop.Nvrtc;
using Xunit;

namespace AlexNetCuda.Interop.Tests;

/// <summary>The bindings against the facts of the real headers in cuda-abi.json.</summary>
public sealed class NvrtcAbiTests
{
    private static readonly JsonElement s_nvrtc = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "cuda-abi.json")))
        .RootElement.GetProperty("nvrtc");

    public static TheoryData<string> Functions => [.. Fields().Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Every_bound_function_has_the_headers_signature(string name)
    {
        var exported = "n" + name[1..];
        Assert.True(s_nvrtc.GetProperty("functions").TryGetProperty(exported, out var function), $"{exported} is not in the headers");
        var type = Fields().Single(one => one.Name == name).FieldType;
        Assert.True(type.IsUnmanagedFunctionPointer);
        Assert.Equal(function.GetProperty("ret").GetProperty("size").GetInt32(), SizeOf(type.GetFunctionPointerReturnType()));
        Assert.Equal(typeof(NvrtcResult), type.GetFunctionPointerReturnType());
        var bound = type.GetFunctionPointerParameterTypes();
        var parameters = function.GetProperty("params").EnumerateArray().ToArray();
        Assert.Equal(parameters.Length, bound.Length);
        foreach (var (parameter, mine) in parameters.Zip(bound))
        {
            Assert.Equal(parameter.GetProperty("size").GetInt32(), SizeOf(mine));
            Assert.Equal(parameter.GetProperty("kind").GetString() == "ptr", mine.IsPointer || mine == typeof(nint));
        }
    }

    [Fact]
    public void Every_status_has_the_headers_value_and_none_is_missing()
    {
        var header = s_nvrtc.GetProperty("enums").GetProperty("nvrtcResult").GetProperty("values").EnumerateObject()
            .ToDictionary(value => value.Name["NVRTC_".Length..].Replace("_", "", StringComparison.Ordinal).ToUpperInvariant(), value => value.Value.GetInt32());
        var mine = Enum.GetValues<NvrtcResult>().ToDictionary(value => value.ToString().ToUpperInvariant(), value => (int)value);
        Assert.Equal(header.OrderBy(pair => pair.Value), mine.OrderBy(pair => pair.Value));
    }

    private static FieldInfo[] Fields() => typeof(NvrtcFunctions).GetFields(BindingFlags.Instance | BindingFlags.NonPublic);

    private static int SizeOf(Type type) =>
        type.IsPointer || type == typeof(nint) || type == typeof(nuint) ? 8
        : type == typeof(int) || type.IsEnum ? 4
        : throw new InvalidOperationException($"no size is known for {type}");
}
