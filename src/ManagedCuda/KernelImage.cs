using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AlexNetCuda.ManagedCuda;

/// <summary>How long an image of kernels is: the driver needs no length, but ManagedCuda takes images as arrays.</summary>
internal static unsafe class KernelImage
{
    private const int ElfHeaderBytes = 64;
    private const int ElfSectionBytes = 64;
    private const uint NoBits = 8;

    /// <summary>A copy of an image: PTX up to its zero, that included, or a cubin, which is a 64-bit ELF file. Null where it is neither.</summary>
    internal static byte[]? Copy(void* image)
    {
        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)image);
        var bytes = text.StartsWith("\u007fELF"u8) ? ElfBytes((byte*)image) : (ulong)text.Length + 1;
        return bytes is 0 or > int.MaxValue ? null : new ReadOnlySpan<byte>(image, (int)bytes).ToArray();
    }

    /// <summary>Up to the end of whatever lies last: a table of headers, or a section. 0 where that can't be told.</summary>
    private static ulong ElfBytes(byte* file)
    {
        var header = new ReadOnlySpan<byte>(file, ElfHeaderBytes);
        var programs = Long(header, 0x20);
        var sections = Long(header, 0x28);
        var programBytes = Short(header, 0x36);
        var programCount = Short(header, 0x38);
        var sectionBytes = Short(header, 0x3A);
        var sectionCount = Short(header, 0x3C);
        if (sectionCount > 0 && sectionBytes != ElfSectionBytes) return 0;

        var end = Math.Max(ElfHeaderBytes, Math.Max(programs + ((ulong)programBytes * programCount), sections + ((ulong)sectionBytes * sectionCount)));
        for (var i = 0; i < sectionCount; i++)
        {
            var section = new ReadOnlySpan<byte>(file + sections + ((ulong)sectionBytes * (ulong)i), sectionBytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != NoBits)
            {
                end = Math.Max(end, Long(section, 0x18) + Long(section, 0x20));
            }
        }

        return end;

        static ulong Long(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
        static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
    }
}
