using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Interop.Probing;
using Xunit;

namespace AlexNetCuda.Interop.Tests.Abi;

/// <summary>
/// Every method of the native classes reaches the exported function it is named for, with each argument in its place: against a
/// library, built here, that exports every function and records how it was called.
/// </summary>
public sealed unsafe class ForwardingTests : IDisposable
{
    private const long FirstStatus = 100_000;   // more than any version or status that is treated specially

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_method_calls_its_own_function_with_its_arguments_in_place()
    {
        var entries = Declarations.Contracts.SelectMany(contract => contract.GetMethods()).ToArray();
        var path = NativeCode.BuildOrSkip(_folder.FullName, "librecorder.so", Source(entries));
        var library = new LoadedLibrary(NativeLibrary.Load(path), path);
        var record = ((delegate* unmanaged<long*>)NativeLibrary.GetExport(library.Handle, "test_record"))();
        foreach (var (contract, native) in Declarations.Natives)
        {
            var target = Activator.CreateInstance(native, BindingFlags.Instance | BindingFlags.NonPublic, null, [library], null)!;
            foreach (var method in contract.GetMethods())
            {
                var number = Array.IndexOf(entries, method);
                var parameters = method.GetParameters();
                var returned = method.Invoke(target, [.. parameters.Select((parameter, i) => Argument(parameter.ParameterType, i + 3))]);
                Assert.Equal(number, record[0]);
                Assert.Equal(parameters.Select((_, i) => i + 3L), new Span<long>(record + 1, parameters.Length).ToArray());
                if (method.ReturnType != typeof(void))
                {
                    Assert.Equal(FirstStatus + number, Number(returned!));
                }
            }
        }

        NativeLibrary.Free(library.Handle);
    }

    private static string Source(MethodInfo[] entries)
    {
        var source = new StringBuilder("static long long record[32]; long long* test_record(void) { return record; }\n");
        for (var number = 0; number < entries.Length; number++)
        {
            var parameters = entries[number].GetParameters();
            var declared = string.Join(", ", parameters.Select((parameter, i) => $"{NativeName(parameter.ParameterType)} a{i}"));
            var returned = NativeName(entries[number].ReturnType);
            var kept = string.Concat(parameters.Select((_, i) => $" record[{i + 1}] = (long long)a{i};"));
            var result = returned == "void" ? "" : $" return ({returned}){FirstStatus + number};";
            source.AppendLine(null, $"{returned} {entries[number].GetCustomAttribute<EntryPointAttribute>()!.Name}({declared}) {{ record[0] = {number};{kept}{result} }}");
        }

        return source.ToString();
    }

    private static string NativeName(Type type) =>
        type.IsPointer || HeaderFacts.HandleOf(type) is not null ? "void*"
        : type.IsEnum || type == typeof(int) ? "int"
        : type == typeof(uint) ? "unsigned"
        : type == typeof(byte) ? "unsigned char"
        : type == typeof(long) ? "long long"
        : type == typeof(ulong) || type == typeof(nuint) ? "unsigned long long"
        : type == typeof(double) ? "double"
        : type == typeof(void) ? "void"
        : throw new InvalidOperationException($"no C type is known for {type}");

    private static object Argument(Type type, int value) =>
        type.IsPointer ? Pointer.Box((void*)value, type)
        : type.IsEnum ? Enum.ToObject(type, value)
        : HeaderFacts.HandleOf(type) is not null ? Activator.CreateInstance(type, (nint)value)!
        : type == typeof(nuint) ? (nuint)value
        : Convert.ChangeType(value, type, null);

    private static long Number(object returned) => returned switch
    {
        Pointer pointer => (long)Pointer.Unbox(pointer),
        nuint number => (long)number,
        _ => Convert.ToInt64(returned, null),
    };
}
