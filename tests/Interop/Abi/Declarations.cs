using System.Reflection;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Interop.Tests.Abi;

/// <summary>A function as a table or an interface declares it.</summary>
internal sealed record Declaration(string Where, EntryPointAttribute? Entry, Type Returned, Type[] Parameters);

/// <summary>Everything of the assembly that names or calls native code, found by reflection.</summary>
internal static class Declarations
{
    /// <summary>What native code is declared outside the facts, and the header each follows.</summary>
    internal static readonly IReadOnlyDictionary<string, string> FollowsAnotherHeader = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["AlexNetCuda.Interop.Nvtx.NvtxExportTableCallbacks"] = "NVTX 3: nvtxDetail/nvtxTypes.h",
        ["AlexNetCuda.Interop.Nvtx.NvtxExportTableVersionInfo"] = "NVTX 3: nvtxDetail/nvtxTypes.h",
    };

    private const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] s_types = typeof(EntryPointAttribute).Assembly.GetTypes();

    internal static IReadOnlyList<Type> Tables { get; } = [.. s_types.Where(type => FunctionPointers(type).Any() && !FollowsAnotherHeader.ContainsKey(type.FullName!))];

    internal static IReadOnlyList<Type> Contracts { get; } =
        [.. s_types.Where(type => type.IsInterface && type.GetMethods().Any(method => method.GetCustomAttribute<EntryPointAttribute>() is not null))];

    /// <summary>The classes that call a table, each with its contract.</summary>
    internal static IReadOnlyList<(Type Contract, Type Native)> Natives { get; } =
        [.. from contract in Contracts from type in s_types where type.IsClass && contract.IsAssignableFrom(type) select (contract, type)];

    internal static IReadOnlyList<MethodInfo> Imports { get; } =
        [.. s_types.SelectMany(type => type.GetMethods(Everything)).Where(method => method.GetCustomAttribute<DllImportAttribute>() is not null)];

    internal static IReadOnlyList<Declaration> All { get; } = [.. Tables.SelectMany(OfTable), .. Contracts.SelectMany(OfContract)];

    internal static IEnumerable<Declaration> OfTable(Type table) =>
        from field in FunctionPointers(table)
        select new Declaration(
            $"{table.Name}.{field.Name}",
            field.GetCustomAttribute<EntryPointAttribute>(),
            field.FieldType.GetFunctionPointerReturnType(),
            field.FieldType.GetFunctionPointerParameterTypes());

    internal static IEnumerable<Declaration> OfContract(Type contract) =>
        from method in contract.GetMethods()
        select new Declaration(
            $"{contract.Name}.{method.Name}",
            method.GetCustomAttribute<EntryPointAttribute>(),
            method.ReturnType,
            [.. method.GetParameters().Select(parameter => parameter.ParameterType)]);

    /// <summary>The types of ours that native code sees: in signatures, behind pointers, in structs.</summary>
    internal static IReadOnlyList<Type> NativeTypes()
    {
        HashSet<Type> seen = [];
        var open = new Stack<Type>(All.SelectMany(one => one.Parameters.Append(one.Returned))
            .Concat(s_types.Where(type => type.GetCustomAttributes().Any(attribute => attribute.GetType().Name.StartsWith("Native", StringComparison.Ordinal)))));
        while (open.TryPop(out var type))
        {
            while (type.IsPointer)
            {
                type = type.GetElementType()!;
            }

            if (type.Assembly == typeof(EntryPointAttribute).Assembly && seen.Add(type) && !type.IsEnum)
            {
                foreach (var field in Fields(type))
                {
                    open.Push(field.FieldType);
                }
            }
        }

        // A fixed buffer is a type of the compiler's, inside the struct that has it.
        return [.. seen.Where(type => !type.IsNested)];
    }

    internal static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static IEnumerable<FieldInfo> FunctionPointers(Type type) =>
        type.GetFields(Everything).Where(field => field.FieldType.IsFunctionPointer || (field.FieldType.IsPointer && field.FieldType.GetElementType()!.IsFunctionPointer));
}
