using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace AlexNetCuda.Core.Tests;

/// <summary>An assembly's public and protected types and members as text, in a fixed order: a line a member.</summary>
internal static class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(char)] = "char", [typeof(string)] = "string", [typeof(object)] = "object",
    };

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            if (text.Length > 0) text.Append('\n');
            text.Append(Head(type)).Append('\n');
            foreach (string line in Members(type).Order(StringComparer.Ordinal)) text.Append("    ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        string kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            _ when type.IsSubclassOf(typeof(MulticastDelegate)) => "delegate",
            { IsValueType: true } => (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")
                + (type.IsByRefLike ? "ref " : "") + (IsRecord(type) ? "record " : "") + "struct",
            _ => (type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "")
                + (IsRecord(type) ? "record" : "class"),
        };
        IEnumerable<Type> bases = type.IsEnum || kind == "delegate" ? [] : type.GetInterfaces()
            .Except(type.BaseType?.GetInterfaces() ?? [])
            .Where(i => i.IsPublic && !(IsRecord(type) && i.Name == "IEquatable`1")).OrderBy(i => i.FullName, StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum)) bases = bases.Prepend(parent);
        string[] names = [.. bases.Select(b => Name(b))];
        return $"{kind} {type.Namespace}.{Name(type, qualify: true)}" + (names.Length > 0 ? " : " + string.Join(", ", names) : "");
    }

    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$") is not null
        || (type.IsValueType && type.GetMethod("PrintMembers", Declared)?.IsDefined(typeof(CompilerGeneratedAttribute)) == true);

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            foreach (FieldInfo value in type.GetFields(BindingFlags.Public | BindingFlags.Static))
                yield return $"{value.Name} = {Literal(value.GetRawConstantValue())}";
            yield break;
        }

        foreach (FieldInfo field in type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly))
        {
            string constant = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
            string value = field.IsLiteral ? " = " + Literal(field.GetRawConstantValue()) : "";
            yield return $"{constant}{Name(new NullabilityInfoContext().Create(field), field.FieldType)} {field.Name}{value}";
        }

        // Not the copy constructor of a record.
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(Visible)
            .Where(c => !(IsRecord(type) && c.GetParameters() is [{ } p] && p.ParameterType == type)))
            yield return $"{Access(constructor)}{type.Name.Split('`')[0]}({Parameters(constructor)})";
        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            MethodInfo[] accessors = [.. property.GetAccessors(nonPublic: true).Where(Visible)];
            if (accessors.Length == 0 || property.Name == "EqualityContract") continue;
            string name = property.GetIndexParameters() is { Length: > 0 } index ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
            string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
            string returned = Name(new NullabilityInfoContext().Create(property), property.PropertyType);
            yield return $"{Access(accessors[0])}{required}{returned} {name} {{ {string.Join(' ', accessors.Select(a => Accessor(a, accessors[0])))} }}";
        }

        foreach (EventInfo e in type.GetEvents(Declared).Where(e => Visible(e.AddMethod!)))
            yield return $"{Access(e.AddMethod!)}event {Name(e.EventHandlerType!)} {e.Name}";
        foreach (MethodInfo method in type.GetMethods(Declared).Where(Visible).Where(m => !Synthesised(m)))
        {
            string returned = Name(new NullabilityInfoContext().Create(method.ReturnParameter), method.ReturnType);
            yield return $"{Access(method)}{returned} {method.Name}{Generic(method.GetGenericArguments())}({Parameters(method)})";
        }
    }

    private static string Accessor(MethodInfo accessor, MethodInfo first)
    {
        bool init = accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        string access = accessor.IsPublic == first.IsPublic ? "" : accessor.IsPublic ? "public " : "protected ";
        return access + (accessor.Name.StartsWith("get_", StringComparison.Ordinal) ? "get;" : init ? "init;" : "set;");
    }

    /// <summary>Accessors, which stand with their properties, and what the compiler makes for every record.</summary>
    private static bool Synthesised(MethodInfo method) =>
        (method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal))
        || method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.Contains('<', StringComparison.Ordinal);

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method)
    {
        string access = (method.IsPublic ? "" : "protected ") + (method.IsStatic ? "static " : "");
        if (method.DeclaringType!.IsInterface || !method.IsVirtual || method.IsFinal) return access;
        return access + (method.IsAbstract ? "abstract " : method is MethodInfo m && m.GetBaseDefinition() != m ? "override " : "virtual ");
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(System.Reflection.ParameterInfo p)
    {
        string prefix = p.IsIn ? "in " : p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "";
        if (p.IsDefined(typeof(ParamArrayAttribute)) || p.IsDefined(typeof(ParamCollectionAttribute))) prefix = "params ";
        bool isNullable = !p.ParameterType.IsValueType || Nullable.GetUnderlyingType(p.ParameterType) is not null;
        string value = !p.HasDefaultValue ? "" : p.DefaultValue is null && !isNullable ? " = default" : " = " + Literal(p.DefaultValue);
        return $"{prefix}{Name(new NullabilityInfoContext().Create(p), p.ParameterType)} {p.Name}{value}";
    }

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        Enum => $"{value.GetType().Name}.{value}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>A type's name with the question marks of references that may be null.</summary>
    private static string Name(NullabilityInfo nullability, Type type)
    {
        if (type.IsByRef) return Name(nullability, type.GetElementType()!);
        string mark = !type.IsValueType && !type.IsGenericParameter && nullability.ReadState == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray) return (nullability.ElementType is { } element ? Name(element, type.GetElementType()!) : Name(type.GetElementType()!)) + "[]" + mark;
        Type[] arguments = type.GetGenericArguments();
        if (arguments.Length == 0 || arguments.Length != nullability.GenericTypeArguments.Length || type.IsValueType) return Name(type) + mark;
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", arguments.Zip(nullability.GenericTypeArguments, (t, n) => Name(n, t)))}>{mark}";
    }

    private static string Name(Type type, bool qualify = false)
    {
        if (Keywords.TryGetValue(type, out string? keyword)) return keyword;
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value) + "?";
        if (type.IsByRef || type.IsPointer) return Name(type.GetElementType()!) + (type.IsPointer ? "*" : "");
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.FullName?.StartsWith("System.ValueTuple", StringComparison.Ordinal) == true)
            return $"({string.Join(", ", type.GetGenericArguments().Select(t => Name(t)))})";
        string outer = qualify && type.DeclaringType is { } declaring ? Name(declaring, qualify: true) + "." : "";
        return outer + type.Name.Split('`')[0] + Generic(type.GetGenericArguments());
    }

    private static string Generic(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(t => Name(t)))}>";
}
