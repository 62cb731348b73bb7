using System.Numerics;

namespace AlexNetCuda.Ptx;

/// <summary>Integer instructions that are more than an operator (PTX ISA, "Integer Arithmetic", "Logic and Shift").</summary>
internal static class Bits
{
    /// <summary>prmt: each nibble of the selector names a byte of b:a, and its top bit asks for the byte's sign instead.</summary>
    public static uint Permute(uint a, uint b, uint selector)
    {
        ulong bytes = (ulong)b << 32 | a;
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            uint nibble = selector >> (4 * i) & 15;
            uint value = (uint)(bytes >> (int)(8 * (nibble & 7))) & 255;
            if ((nibble & 8) != 0) value = (value & 128) != 0 ? 255u : 0;
            result |= value << (8 * i);
        }

        return result;
    }

    /// <summary>lop3: any function of three bits, by its truth table.</summary>
    public static uint Logic3(uint a, uint b, uint c, uint table)
    {
        uint result = 0;
        if ((table & 1) != 0) result |= ~a & ~b & ~c;
        if ((table & 2) != 0) result |= ~a & ~b & c;
        if ((table & 4) != 0) result |= ~a & b & ~c;
        if ((table & 8) != 0) result |= ~a & b & c;
        if ((table & 16) != 0) result |= a & ~b & ~c;
        if ((table & 32) != 0) result |= a & ~b & c;
        if ((table & 64) != 0) result |= a & b & ~c;
        if ((table & 128) != 0) result |= a & b & c;
        return result;
    }

    /// <summary>bfe: a field of bits; signed fields repeat their top bit, and so does a field that reaches past the top.</summary>
    public static ulong Extract(ulong a, uint position, uint length, int width, bool signed)
    {
        int pos = (int)(position & 255), len = (int)(length & 255), top = width - 1;
        if (len == 0) return 0;
        bool negative = signed && (a >> Math.Min(pos + len - 1, top) & 1) != 0;
        int inside = Math.Clamp(width - pos, 0, len);
        ulong field = inside == 0 ? 0 : a >> pos & Low(inside);
        return negative ? field | (Low(width) & ~Low(inside)) : field;
    }

    /// <summary>A mask of the lowest bits, 0 to 64 of them.</summary>
    public static ulong Low(int bits) => bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;

    /// <summary>bfi: b with a field replaced by the low bits of a.</summary>
    public static ulong Insert(ulong a, ulong b, uint position, uint length, int width)
    {
        int pos = (int)(position & 255), len = (int)(length & 255);
        for (int i = 0; i < len && pos + i < width; i++)
        {
            ulong bit = 1UL << (pos + i);
            b = (a >> i & 1) != 0 ? b | bit : b & ~bit;
        }

        return b;
    }

    /// <summary>bfind: the place of the highest bit that is not the sign; all ones when there is none.</summary>
    public static uint FindHighest(ulong a, int width, bool signed, bool shiftAmount)
    {
        if (signed && (a >> (width - 1) & 1) != 0) a = ~a;
        a &= Low(width);
        if (a == 0) return uint.MaxValue;
        uint place = (uint)BitOperations.Log2(a);
        return shiftAmount ? (uint)width - 1 - place : place;
    }

    public static ulong Reverse(ulong a, int width)
    {
        ulong result = 0;
        for (int i = 0; i < width; i++) result |= (a >> i & 1) << (width - 1 - i);
        return result;
    }

    /// <summary>shf.l and shf.r: the high (left) or low (right) half of b:a shifted; the amount wraps or stops at 32.</summary>
    public static uint Funnel(uint a, uint b, uint count, bool left, bool wrap)
    {
        int n = (int)(wrap ? count & 31 : Math.Min(count, 32));
        ulong both = (ulong)b << 32 | a;
        return (uint)(left ? both >> (32 - n) : both >> n);
    }

    /// <summary>dp4a: the sum of four products of bytes, added to c.</summary>
    public static uint Dot4(uint a, uint b, uint c, bool signedA, bool signedB)
    {
        for (int i = 0; i < 32; i += 8)
        {
            int x = signedA ? (sbyte)(a >> i) : (byte)(a >> i), y = signedB ? (sbyte)(b >> i) : (byte)(b >> i);
            c += (uint)(x * y);
        }

        return c;
    }

    /// <summary>dp2a: the halves of a times two bytes of b (the low or the high two), added to c.</summary>
    public static uint Dot2(uint a, uint b, uint c, bool signedA, bool signedB, bool high)
    {
        for (int i = 0; i < 2; i++)
        {
            int shift = (high ? 16 : 0) + (8 * i);
            int x = signedA ? (short)(a >> (16 * i)) : (ushort)(a >> (16 * i)), y = signedB ? (sbyte)(b >> shift) : (byte)(b >> shift);
            c += (uint)(x * y);
        }

        return c;
    }
}
