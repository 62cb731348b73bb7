using System.Numerics;
using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Bit fields, permutations and dot products, against plain loops over bits.</summary>
public class BitTests
{
    [Fact]
    public void Bits_are_counted_found_and_reversed()
    {
        (uint[] a, _, _) = Operands.Words();
        (ulong[] w, _, _) = Operands.Longs();
        Each(a, Instructions.Run<uint, uint>("popc.b32 d, a;", a), x => (uint)BitOperations.PopCount(x));
        Each(a, Instructions.Run<uint, uint>("clz.b32 d, a;", a), x => (uint)BitOperations.LeadingZeroCount(x));
        Each(w, Instructions.Run<ulong, uint>("popc.b64 d, a;", w), x => (uint)BitOperations.PopCount(x));
        Each(w, Instructions.Run<ulong, uint>("clz.b64 d, a;", w), x => (uint)BitOperations.LeadingZeroCount(x));
        Each(a, Instructions.Run<uint, uint>("bfind.u32 d, a;", a), x =>
            x == 0 ? uint.MaxValue : 31 - (uint)BitOperations.LeadingZeroCount(x));
        Each(a, Instructions.Run<uint, uint>("bfind.shiftamt.u32 d, a;", a), x =>
            x == 0 ? uint.MaxValue : (uint)BitOperations.LeadingZeroCount(x));
        Each(a, Instructions.Run<uint, uint>("bfind.s32 d, a;", a), x =>
        {
            uint y = (int)x < 0 ? ~x : x;
            return y == 0 ? uint.MaxValue : 31 - (uint)BitOperations.LeadingZeroCount(y);
        });
        Each(a, Instructions.Run<uint, uint>("brev.b32 d, a;", a), x =>
            Convert.ToUInt32(new string([.. Convert.ToString(x, 2).PadLeft(32, '0').Reverse()]), 2));
        Each(w, Instructions.Run<ulong, ulong>("brev.b64 d, a;", w), x =>
            Convert.ToUInt64(new string([.. Convert.ToString((long)x, 2).PadLeft(64, '0').Reverse()]), 2));
    }

    [Theory]
    [InlineData("u32", false)]
    [InlineData("s32", true)]
    public void Fields_are_extracted(string type, bool signed)
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        b = Array.ConvertAll(b, x => x % 40);
        c = Array.ConvertAll(c, x => x % 40);
        uint[] d = Instructions.Run<uint, uint, uint, uint>($"bfe.{type} d, a, b, c;", a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            // As if the number had endless copies of its sign (or zeros) above.
            long value = signed ? (int)a[i] : a[i];
            long field = value >> (int)b[i] & ((1L << (int)c[i]) - 1);
            int top = (int)Math.Min(b[i] + c[i] - 1, 31);
            bool negative = signed && c[i] > 0 && (a[i] >> top & 1) != 0;
            long kept = Math.Min((int)c[i], Math.Max(0, 32 - (int)b[i]));
            field &= (1L << (int)kept) - 1;
            if (negative) field |= -1L << (int)kept;
            Assert.Equal((uint)field, d[i]);
        }
    }

    [Fact]
    public void Fields_are_inserted()
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        c = Array.ConvertAll(c, x => x % 36);
        uint[] d = Instructions.Run<uint, uint, uint, uint>("bfi.b32 d, a, b, c, 9;", a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            ulong mask = (511UL << (int)c[i]) & uint.MaxValue;
            Assert.Equal((uint)((b[i] & ~mask) | (((ulong)a[i] << (int)c[i]) & mask)), d[i]);
        }
    }

    [Fact]
    public void Any_function_of_three_bits_can_be_looked_up()
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        foreach (int table in new[] { 0, 0x80, 0x96, 0xE8, 0xCA, 0x3C, 0x1B, 255 })
        {
            uint[] d = Instructions.Run<uint, uint, uint, uint>($"lop3.b32 d, a, b, c, {table};", a, b, c);
            for (int i = 0; i < a.Length; i++)
            {
                uint expected = 0;
                for (int bit = 0; bit < 32; bit++)
                {
                    int row = (int)((a[i] >> bit & 1) * 4 + (b[i] >> bit & 1) * 2 + (c[i] >> bit & 1));
                    expected |= (uint)(table >> row & 1) << bit;
                }

                Assert.Equal(expected, d[i]);
            }
        }
    }

    [Fact]
    public void Bytes_are_permuted()
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        uint[] d = Instructions.Run<uint, uint, uint, uint>("prmt.b32 d, a, b, c;", a, b, c);
        uint[] forward = Instructions.Run<uint, uint, uint, uint>("prmt.b32.f4e d, a, b, c;", a, b, c),
            backward = Instructions.Run<uint, uint, uint, uint>("prmt.b32.b4e d, a, b, c;", a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            byte[] bytes = [.. BitConverter.GetBytes(a[i]), .. BitConverter.GetBytes(b[i])];
            Assert.Equal(Pick(k =>
                (byte)((c[i] >> (4 * k) & 8) == 0 ? bytes[c[i] >> (4 * k) & 7] : bytes[c[i] >> (4 * k) & 7] >= 128 ? 255 : 0)), d[i]);
            Assert.Equal(Pick(k => bytes[((c[i] & 3) + k) % 8]), forward[i]);
            Assert.Equal(Pick(k => bytes[((c[i] & 3) - k + 8) % 8]), backward[i]);
        }
    }

    [Theory]
    [InlineData("prmt.b32.rc8 d, a, b, c;", "0000 1111 2222 3333")]
    [InlineData("prmt.b32.ecl d, a, b, c;", "3210 3211 3222 3333")]
    [InlineData("prmt.b32.ecr d, a, b, c;", "0000 1110 2210 3210")]
    [InlineData("prmt.b32.rc16 d, a, b, c;", "1010 3232 1010 3232")]
    public void Bytes_are_replicated_and_clamped(string code, string table)
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        uint[] d = Instructions.Run<uint, uint, uint, uint>(code, a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            string row = table.Split(' ')[c[i] & 3];
            Assert.Equal(Pick(k => (byte)(a[i] >> (8 * (row[3 - k] - '0')))), d[i]);
        }
    }

    [Theory]
    [InlineData("shf.l.wrap.b32", true, true)]
    [InlineData("shf.l.clamp.b32", true, false)]
    [InlineData("shf.r.wrap.b32", false, true)]
    [InlineData("shf.r.clamp.b32", false, false)]
    public void Two_words_are_shifted_as_one(string code, bool left, bool wrap)
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        uint[] d = Instructions.Run<uint, uint, uint, uint>(code + " d, a, b, c;", a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            int n = (int)(wrap ? c[i] % 32 : Math.Min(c[i], 32));
            BigInteger both = a[i] + ((BigInteger)b[i] << 32);
            Assert.Equal((uint)((left ? (both << n) >> 32 : both >> n) & uint.MaxValue), d[i]);
        }
    }

    [Fact]
    public void Dot_products_of_bytes_add_up()
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        uint[] signed = Instructions.Run<uint, uint, uint, uint>("dp4a.s32.s32 d, a, b, c;", a, b, c),
            mixed = Instructions.Run<uint, uint, uint, uint>("dp4a.u32.s32 d, a, b, c;", a, b, c);
        uint[] halves = Instructions.Run<uint, uint, uint, uint>("dp2a.hi.s32.u32 d, a, b, c;", a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            byte[] x = BitConverter.GetBytes(a[i]), y = BitConverter.GetBytes(b[i]);
            Assert.Equal(c[i] + (uint)Enumerable.Range(0, 4).Sum(k => (sbyte)x[k] * (sbyte)y[k]), signed[i]);
            Assert.Equal(c[i] + (uint)Enumerable.Range(0, 4).Sum(k => x[k] * (sbyte)y[k]), mixed[i]);
            Assert.Equal(c[i] + (uint)((short)a[i] * y[2]) + (uint)((short)(a[i] >> 16) * y[3]), halves[i]);
        }
    }

    [Fact]
    public void Masks_and_extensions_of_a_width_are_made()
    {
        (uint[] a, uint[] b, _) = Operands.Words();
        b = Array.ConvertAll(b, x => x % 40);
        uint[] mask = Instructions.Run<uint, uint, uint>("bmsk.clamp.b32 d, b, 5;", a, b);
        uint[] sign = Instructions.Run<uint, uint, uint>("szext.clamp.s32 d, a, b;", a, b),
            zero = Instructions.Run<uint, uint, uint>("szext.wrap.u32 d, a, b;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal((uint)(31UL << (int)Math.Min(b[i], 32)), mask[i]);
            int n = (int)Math.Min(b[i], 32);
            long field = a[i] & ((1L << n) - 1);
            Assert.Equal((uint)(n > 0 && (field >> (n - 1) & 1) != 0 ? field - (1L << n) : field), sign[i]);
            Assert.Equal((uint)(a[i] & ((1UL << (int)(b[i] % 32)) - 1)), zero[i]);
        }
    }

    [Fact]
    public void Registers_are_packed_and_unpacked()
    {
        (uint[] a, uint[] b, _) = Operands.Words();
        ulong[] packed = Instructions.Run<uint, uint, ulong>("mov.b64 d, {a, b};", a, b);
        uint[] back = Instructions.Run<uint, uint, uint>("mov.b64 x, {a, b}; mov.b64 {t, u}, x; sub.u32 d, u, t;", a, b);
        uint[] quarters = Instructions.Run<uint, uint>(".reg .b16 h1, h2; mov.b32 {h1, h2}, a; mov.b32 d, {h2, h1};", a);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal((ulong)b[i] << 32 | a[i], packed[i]);
            Assert.Equal(b[i] - a[i], back[i]);
            Assert.Equal(BitOperations.RotateLeft(a[i], 16), quarters[i]);
        }
    }

    private static uint Pick(Func<int, byte> at) => BitConverter.ToUInt32([at(0), at(1), at(2), at(3)]);

    private static void Each<T, TD>(T[] a, TD[] d, Func<T, TD> f)
    {
        for (int i = 0; i < a.Length; i++) Assert.Equal(f(a[i]), d[i]);
    }
}
