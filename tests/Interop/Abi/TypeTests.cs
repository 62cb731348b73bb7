using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Dnn;
using Xunit;

namespace AlexNetCuda.Interop.Tests.Abi;

/// <summary>Every enum, struct and handle that native code sees, against the headers' facts.</summary>
public sealed class TypeTests
{
    public static TheoryData<string> Enums => [.. Declarations.NativeTypes().Where(type => type.IsEnum).Select(type => type.FullName!)];

    public static TheoryData<string> Structs => [.. Declarations.NativeTypes().Where(type => !type.IsEnum).Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Enums))]
    public void Every_value_is_the_headers(string name)
    {
        var type = Named(name);
        Assert.Equal(typeof(int), Enum.GetUnderlyingType(type));
        var mine = type.GetFields(BindingFlags.Static | BindingFlags.Public).ToDictionary(field => field.Name, field => Convert.ToInt64(field.GetRawConstantValue(), null));
        if (type.GetCustomAttribute<NativeConstantsAttribute>() is { } constants)
        {
            var facts = HeaderFacts.Constants(constants.Prefix);
            Assert.All(mine.Where(value => value.Value != 0), value => Assert.Equal(facts[HeaderFacts.Plain(constants.Prefix + value.Key)], value.Value));
            Assert.Equal(typeof(CudaLibraries).Assembly, type.Assembly);
            return;
        }

        var attribute = type.GetCustomAttribute<NativeEnumAttribute>();
        Assert.True(attribute is not null, $"{name} names no enum of the headers");
        var headers = HeaderFacts.Types("enums", attribute.Header);
        Assert.NotEmpty(headers);
        foreach (var facts in headers.Select(HeaderFacts.Values))
        {
            foreach (var (member, value) in mine)
            {
                Assert.True(facts.TryGetValue(HeaderFacts.Plain(attribute.Prefix + member), out var fact), $"{attribute.Header} has no {attribute.Prefix}{member}");
                Assert.Equal(fact, value);
            }
        }
    }

    /// <summary>A status that the declaration lacks would be reported without its name.</summary>
    [Fact]
    public void No_status_is_missing()
    {
        var results = Declarations.All.Select(one => one.Returned).Where(type => type.IsEnum).Append(typeof(Cudnn8Status)).Distinct().ToArray();
        Assert.Equal(5, results.Length);
        foreach (var type in results)
        {
            var attribute = type.GetCustomAttribute<NativeEnumAttribute>()!;
            var mine = Enum.GetNames(type).Select(member => HeaderFacts.Plain(attribute.Prefix + member)).ToHashSet();
            foreach (var facts in HeaderFacts.Types("enums", attribute.Header).Select(HeaderFacts.Values))
            {
                Assert.Empty(facts.Keys.Except(mine));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Structs))]
    public void Every_struct_lies_as_the_headers(string name)
    {
        var type = Named(name);
        if (HeaderFacts.HandleOf(type) is { } handle)
        {
            // Opaque: the headers know its name alone, and so do we. As an argument it is the pointer it holds.
            Assert.NotEmpty(HeaderFacts.Types("structs", handle));
            Assert.Equal(typeof(nint), Assert.Single(Declarations.Fields(type)).FieldType);
            return;
        }

        var attribute = type.GetCustomAttribute<NativeStructAttribute>();
        Assert.True(attribute is not null, $"{name} names no struct of the headers");
        var headers = HeaderFacts.Types("structs", attribute.Header);
        Assert.NotEmpty(headers);
        foreach (var facts in headers.Select(fields => fields.EnumerateArray().ToArray()))
        {
            var mine = Declarations.Fields(type);
            Assert.Equal(facts.Select(fact => HeaderFacts.Plain(fact.GetProperty("name").GetString()!)), mine.Select(field => HeaderFacts.Plain(field.Name)));
            foreach (var (fact, field) in facts.Zip(mine))
            {
                Assert.Equal(fact.GetProperty("offset").GetInt32(), (int)Marshal.OffsetOf(type, field.Name));
                Assert.Equal(fact.GetProperty("bytes").GetInt32(), SizeOf(field.FieldType));
                if (fact.GetProperty("kind").GetString() == "array")
                {
                    var buffer = field.GetCustomAttribute<FixedBufferAttribute>()!;
                    Assert.Equal(fact.GetProperty("bytes").GetInt32(), buffer.Length * SizeOf(buffer.ElementType));
                }
                else
                {
                    Assert.Null(HeaderFacts.Mismatch(fact, field.FieldType));
                }
            }

            var align = facts.Max(fact => fact.GetProperty("align").GetInt32());
            var end = facts.Max(fact => fact.GetProperty("offset").GetInt32() + fact.GetProperty("bytes").GetInt32());
            Assert.Equal((end + align - 1) / align * align, SizeOf(type));
        }
    }

    // The size in memory, not that of a marshalled copy.
    private static int SizeOf(Type type) => type.IsPointer ? IntPtr.Size : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, [])!;

    private static Type Named(string name) => typeof(EntryPointAttribute).Assembly.GetType(name, throwOnError: true)!;
}
