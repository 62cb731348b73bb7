using System.Reflection;
using System.Text.Json;

namespace AlexNetCuda.Interop.Tests.Abi;

/// <summary>The facts of the real headers (cuda-abi.json), and whether a type of ours is the type of a fact.</summary>
internal static class HeaderFacts
{
    private static readonly JsonElement s_root = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "cuda-abi.json"))).RootElement;

    // What typedefs the facts name stand for: the handles' and enums' from wherever a parameter says both, and two that none does.
    private static readonly Dictionary<string, string> s_typedefs = Typedefs();

    internal static bool TryGetFunction(string name, out JsonElement function)
    {
        foreach (var library in s_root.EnumerateObject())
        {
            if (library.Value.GetProperty("functions").TryGetProperty(name, out function))
            {
                return true;
            }
        }

        function = default;
        return false;
    }

    /// <summary>Every library's enum or struct of a name: several headers may declare the same.</summary>
    internal static JsonElement[] Types(string section, string name) =>
    [
        .. from library in s_root.EnumerateObject()
           where library.Value.GetProperty(section).TryGetProperty(name, out _)
           select library.Value.GetProperty(section).GetProperty(name),
    ];

    internal static Dictionary<string, long> Values(JsonElement declaredEnum) => declaredEnum.GetProperty("values").EnumerateObject()
        .ToDictionary(value => Plain(value.Name), value => value.Value.GetInt64());

    internal static Dictionary<string, long> Constants(string prefix) => s_root.GetProperty("cuda").GetProperty("constants").EnumerateObject()
        .Where(value => value.Name.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(value => Plain(value.Name), value => value.Value.GetInt64());

    /// <summary>A constant's name with underscores and case taken away.</summary>
    internal static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>What speaks against a type's being the type of a parameter, a returned value or a field; or null.</summary>
    internal static string? Mismatch(JsonElement fact, Type mine)
    {
        var kind = Text(fact, "kind");
        var agrees = kind switch
        {
            "void" => mine == typeof(void),
            "u8" => mine == typeof(byte),
            "u16" => mine == typeof(ushort),
            "i32" => mine == typeof(int),
            "u32" => mine == typeof(uint) || IsFlags(mine),
            "i64" => mine == typeof(long),
            "u64" => mine == typeof(ulong),
            "usize" => mine == typeof(nuint),
            "f32" => mine == typeof(float),
            "f64" => mine == typeof(double),
            "enum" => EnumOf(mine) == Text(fact, "enum"),
            "struct" => StructOf(mine) == Text(fact, "struct"),
            "ptr" when fact.TryGetProperty("as", out _) => HandleOf(mine) == Text(fact, "to"),
            "ptr" => mine.IsPointer && IsPointee(Text(fact, "to"), mine.GetElementType()!),
            _ => false,
        };
        return agrees ? null : $"the header has {fact}, the declaration {mine}";
    }

    internal static string? HandleOf(Type type) => type.GetCustomAttribute<NativeHandleAttribute>()?.Header;

    private static string? StructOf(Type type) => type.GetCustomAttribute<NativeStructAttribute>()?.Header;

    private static string? EnumOf(Type type) => type.IsEnum && Enum.GetUnderlyingType(type) == typeof(int) ? type.GetCustomAttribute<NativeEnumAttribute>()?.Header : null;

    private static bool IsFlags(Type type) =>
        type.IsEnum && Enum.GetUnderlyingType(type) == typeof(int) && type.GetCustomAttribute<FlagsAttribute>() is not null
        && (type.GetCustomAttribute<NativeEnumAttribute>() is not null || type.GetCustomAttribute<NativeConstantsAttribute>() is not null);

    private static bool IsPointee(string to, Type mine)
    {
        to = s_typedefs.GetValueOrDefault(to, to);
        return to switch
        {
            "void" => mine == typeof(void),
            "char" => mine == typeof(byte),
            "*mut void" => mine == typeof(void*),
            "*const char" => mine == typeof(byte*),
            "int" or "i32" => mine == typeof(int),
            "uint" => mine == typeof(uint),
            "i64" => mine == typeof(long),
            "u64" => mine == typeof(ulong),
            "usize" => mine == typeof(nuint),
            "f32" => mine == typeof(float),
            _ => (HandleOf(mine) ?? EnumOf(mine) ?? StructOf(mine)) is { } header
                && (header == to || header == to + "_enum" || header == to + "_st" || header == to.Replace("Perf_t", "PerfStruct", StringComparison.Ordinal)),
        };
    }

    private static Dictionary<string, string> Typedefs()
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal) { ["CUdevice"] = "i32", ["CUdeviceptr"] = "u64" };
        foreach (var function in s_root.EnumerateObject().SelectMany(library => library.Value.GetProperty("functions").EnumerateObject()))
        {
            foreach (var fact in function.Value.GetProperty("params").EnumerateArray().Append(function.Value.GetProperty("ret")))
            {
                if (fact.TryGetProperty("as", out var alias))
                {
                    all[alias.GetString()!] = Text(fact, "kind") switch
                    {
                        "ptr" => Text(fact, "to"),
                        "enum" => Text(fact, "enum"),
                        var plain => plain,
                    };
                }
            }
        }

        return all;
    }

    private static string Text(JsonElement fact, string name) => fact.GetProperty(name).GetString()!;
}
