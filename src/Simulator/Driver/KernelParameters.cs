using System.Runtime.InteropServices;
using System.Text;
using AlexNetCuda.Ptx;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Driver;

/// <summary>The arguments of a launch, copied at the call.</summary>
internal static unsafe class KernelParameters
{
    // CU_LAUNCH_PARAM_END, _BUFFER_POINTER and _BUFFER_SIZE of cuda.h.
    private const nint End = 0;
    private const nint BufferPointer = 1;
    private const nint BufferSize = 2;

    /// <summary>The parameter buffer from one pointer for each parameter, or from a buffer that the caller has packed; null if neither will do.</summary>
    public static byte[]? Copy(KernelDeclaration kernel, void** arguments, void** extra)
    {
        // One way or the other, not both.
        if (arguments is not null && extra is not null) return null;
        if (extra is not null) return FromBuffer(kernel, extra);
        var parameters = new byte[kernel.ParameterBytes];
        if (kernel.Parameters.Count > 0 && arguments is null) return null;
        for (int i = 0; i < kernel.Parameters.Count; i++)
        {
            KernelParameter parameter = kernel.Parameters[i];
            if (arguments[i] is null) return null;
            new ReadOnlySpan<byte>(arguments[i], parameter.Bytes).CopyTo(parameters.AsSpan(parameter.Offset));
        }

        return parameters;
    }

    /// <summary>The arguments as traces print them: device addresses by their allocation, everything else by its bits.</summary>
    public static string Describe(SimulatorCore core, KernelDeclaration kernel, byte[] parameters)
    {
        var text = new StringBuilder();
        foreach (KernelParameter parameter in kernel.Parameters)
        {
            if (text.Length > 0) text.Append(", ");
            ReadOnlySpan<byte> bytes = parameters.AsSpan(parameter.Offset, parameter.Bytes);
            ulong address = bytes.Length == 8 ? MemoryMarshal.Read<ulong>(bytes) : 0;
            if (address != 0 && core.Holds(address, 1)) text.Append(core.Describe(address, 0));
            else if (BitConverter.IsLittleEndian && bytes.Length <= 8)
            {
                ulong value = 0;
                bytes.CopyTo(MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
                text.Append("0x").Append(value.ToString("x", System.Globalization.CultureInfo.InvariantCulture));
            }
            else text.Append(Convert.ToHexString(bytes));
        }

        return text.ToString();
    }

    private static byte[]? FromBuffer(KernelDeclaration kernel, void** extra)
    {
        void* buffer = null;
        nuint size = 0;
        for (; (nint)extra[0] != End; extra += 2)
        {
            if ((nint)extra[0] == BufferPointer) buffer = extra[1];
            else if ((nint)extra[0] == BufferSize) size = *(nuint*)extra[1];
            else return null;
        }

        return buffer is null || size != (nuint)kernel.ParameterBytes ? null : new ReadOnlySpan<byte>(buffer, kernel.ParameterBytes).ToArray();
    }
}
