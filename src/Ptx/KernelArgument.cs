using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AlexNetCuda.Ptx;

/// <summary>A value for a kernel's parameter; numbers convert to it by themselves, device addresses are ulong.</summary>
public readonly struct KernelArgument
{
    private readonly byte[] _bytes;

    private KernelArgument(byte[] bytes, bool isFloat, string description)
    {
        _bytes = bytes;
        IsFloat = isFloat;
        Description = description;
    }

    internal bool IsFloat { get; }

    internal string Description { get; }

    /// <summary>A device address or a 64-bit number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(ulong value) => Of(value, false);

    /// <summary>A 64-bit number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(long value) => Of(value, false);

    /// <summary>A 32-bit number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(int value) => Of(value, false);

    /// <summary>A 32-bit number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(uint value) => Of(value, false);

    /// <summary>A 16-bit number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(ushort value) => Of(value, false);

    /// <summary>An 8-bit number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(byte value) => Of(value, false);

    /// <summary>A float.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(float value) => Of(value, true);

    /// <summary>A double.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator KernelArgument(double value) => Of(value, true);

    /// <summary>Any unmanaged value, such as a structure passed by value.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The value, laid out as the kernel expects.</param>
    public static KernelArgument From<T>(T value)
        where T : unmanaged => Of(value, value is float or double);

    private static KernelArgument Of<T>(T value, bool isFloat)
        where T : unmanaged =>
        new(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)).ToArray(), isFloat,
            $"{typeof(T).Name} ({Unsafe.SizeOf<T>()} bytes)");

    internal static byte[] Pack(KernelDeclaration kernel, ReadOnlySpan<KernelArgument> arguments)
    {
        if (arguments.Length != kernel.Parameters.Count)
            throw new ArgumentException($"Kernel {kernel.Name} has {kernel.Parameters.Count} parameters, not {arguments.Length}.",
                nameof(arguments));
        var buffer = new byte[kernel.ParameterBytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            KernelParameter parameter = kernel.Parameters[i];
            KernelArgument argument = arguments[i];
            bool isArray = parameter.Type == PtxType.U8 || parameter.Type.Kind == PtxTypeKind.Bits;
            if (argument._bytes is null || argument._bytes.Length != parameter.Bytes
                || (!isArray && argument.IsFloat != parameter.Type.IsFloat))
            {
                throw new ArgumentException(
                    $"Kernel {kernel.Name}, parameter {i} ({parameter.Name}): it is {parameter.Type} ({parameter.Bytes} bytes), the argument is {argument.Description ?? "missing"}.",
                    nameof(arguments));
            }

            argument._bytes.CopyTo(buffer, parameter.Offset);
        }

        return buffer;
    }
}
