using System.Numerics;
using Xunit;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Integer instructions against BigInteger.</summary>
public class IntegerTests
{
    private static readonly string[] s_types = ["u16", "s16", "u32", "s32", "u64", "s64"];

    private static readonly Dictionary<string, Func<BigInteger, BigInteger, BigInteger, int, bool, BigInteger>> s_cases = new()
    {
        ["add.T d, a, b"] = (a, b, _, _, _) => a + b,
        ["sub.T d, a, b"] = (a, b, _, _, _) => a - b,
        ["mul.lo.T d, a, b"] = (a, b, _, _, _) => a * b,
        ["mul.hi.T d, a, b"] = (a, b, _, bits, _) => (a * b) >> bits,
        ["mad.lo.T d, a, b, c"] = (a, b, c, _, _) => (a * b) + c,
        ["mad.hi.T d, a, b, c"] = (a, b, c, bits, _) => ((a * b) >> bits) + c,
        ["sad.T d, a, b, c"] = (a, b, c, _, _) => c + BigInteger.Abs(a - b),
        ["min.T d, a, b"] = (a, b, _, _, _) => BigInteger.Min(a, b),
        ["max.T d, a, b"] = (a, b, _, _, _) => BigInteger.Max(a, b),
        ["div.T d, a, b"] = (a, b, _, _, _) => b.IsZero ? -1 : BigInteger.Divide(a, b),
        ["rem.T d, a, b"] = (a, b, _, _, _) => b.IsZero ? a : BigInteger.Remainder(a, b),
        ["shr.T d, a, 5"] = (a, _, _, _, _) => a >> 5,
    };

    private static readonly Dictionary<string, Func<BigInteger, BigInteger, BigInteger, int, bool, BigInteger>> s_signed = new()
    {
        ["abs.T d, a"] = (a, _, _, _, _) => BigInteger.Abs(a),
        ["neg.T d, a"] = (a, _, _, _, _) => -a,
    };

    private static readonly Dictionary<string, Func<BigInteger, BigInteger, BigInteger, int, bool, BigInteger>> s_bits = new()
    {
        ["and.T d, a, b"] = (a, b, _, _, _) => a & b,
        ["or.T d, a, b"] = (a, b, _, _, _) => a | b,
        ["xor.T d, a, b"] = (a, b, _, _, _) => a ^ b,
        ["not.T d, a"] = (a, _, _, _, _) => -a - 1,
        ["cnot.T d, a"] = (a, _, _, _, _) => a.IsZero ? 1 : 0,
        ["shl.T d, a, 7"] = (a, _, _, _, _) => a << 7,
    };

    public static TheoryData<string> Cases()
    {
        var data = new TheoryData<string>();
        foreach (string type in s_types)
        {
            foreach (string code in s_cases.Keys) data.Add(code.Replace("T", type, StringComparison.Ordinal));
            if (type[0] == 's')
                foreach (string code in s_signed.Keys) data.Add(code.Replace("T", type, StringComparison.Ordinal));
        }

        foreach (string type in new[] { "b16", "b32", "b64" })
            foreach (string code in s_bits.Keys) data.Add(code.Replace("T", type, StringComparison.Ordinal));
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_instruction_gives_what_whole_numbers_give(string code)
    {
        string type = code.Split(' ')[0].Split('.')[^1], generic = code.Replace(type, "T", StringComparison.Ordinal);
        bool signed = type[0] == 's';
        var f = s_cases.GetValueOrDefault(generic) ?? s_signed.GetValueOrDefault(generic) ?? s_bits[generic];
        if (type.EndsWith("16", StringComparison.Ordinal))
        {
            (ushort[] a, ushort[] b, ushort[] c) = Operands.Shorts();
            ushort[] d = Instructions.Run<ushort, ushort, ushort, ushort>(code + ";", a, b, c);
            for (int i = 0; i < a.Length; i++) Check(f, signed, 16, a[i], b[i], c[i], d[i], code);
        }
        else if (type.EndsWith("32", StringComparison.Ordinal))
        {
            (uint[] a, uint[] b, uint[] c) = Operands.Words();
            uint[] d = Instructions.Run<uint, uint, uint, uint>(code + ";", a, b, c);
            for (int i = 0; i < a.Length; i++) Check(f, signed, 32, a[i], b[i], c[i], d[i], code);
        }
        else
        {
            (ulong[] a, ulong[] b, ulong[] c) = Operands.Longs();
            ulong[] d = Instructions.Run<ulong, ulong, ulong, ulong>(code + ";", a, b, c);
            for (int i = 0; i < a.Length; i++) Check(f, signed, 64, a[i], b[i], c[i], d[i], code);
        }
    }

    private static void Check(
        Func<BigInteger, BigInteger, BigInteger, int, bool, BigInteger> f, bool signed, int bits, ulong a, ulong b, ulong c, ulong d, string code)
    {
        BigInteger modulus = BigInteger.One << bits;
        BigInteger expected = f(Value(a, bits, signed), Value(b, bits, signed), Value(c, bits, signed), bits, signed) % modulus;
        if (expected.Sign < 0) expected += modulus;
        Assert.True(expected == d, $"{code}: a = {a:x}, b = {b:x}, c = {c:x}: {d:x}, not {(ulong)expected:x}");
    }

    private static BigInteger Value(ulong bits, int width, bool signed) =>
        signed && (bits >> (width - 1) & 1) != 0 ? (BigInteger)bits - (BigInteger.One << width) : bits;

    [Theory]
    [InlineData("mul.wide.s32 d, a, b;", true, false)]
    [InlineData("mul.wide.u32 d, a, b;", false, false)]
    [InlineData("cvt.s64.s32 x, c; mad.wide.s32 d, a, b, x;", true, true)]
    [InlineData("cvt.s64.s32 x, c; mad.wide.u32 d, a, b, x;", false, true)]
    public void Wide_products_have_all_their_bits(string code, bool signed, bool add)
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        ulong[] d = Instructions.Run<uint, uint, uint, ulong>(code, a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            BigInteger product = signed ? (BigInteger)(int)a[i] * (int)b[i] : (BigInteger)a[i] * b[i];
            if (add) product += (int)c[i];
            Assert.Equal((ulong)(product & ulong.MaxValue), d[i]);
        }
    }

    [Theory]
    [InlineData("mul.wide.s16 d, a, b;", true)]
    [InlineData("mul.wide.u16 d, a, b;", false)]
    public void Wide_products_of_16_bits_have_all_their_bits(string code, bool signed)
    {
        (ushort[] a, ushort[] b, _) = Operands.Shorts();
        uint[] d = Instructions.Run<ushort, ushort, uint>(code, a, b);
        for (int i = 0; i < a.Length; i++) Assert.Equal(signed ? (uint)((short)a[i] * (short)b[i]) : (uint)a[i] * b[i], d[i]);
    }

    [Theory]
    [InlineData("add.sat.s32 d, a, b;", 1)]
    [InlineData("sub.sat.s32 d, a, b;", -1)]
    public void Saturating_sums_stop_at_the_ends(string code, int sign)
    {
        (uint[] a, uint[] b, _) = Operands.Words();
        uint[] d = Instructions.Run<uint, uint, uint>(code, a, b);
        for (int i = 0; i < a.Length; i++)
            Assert.Equal((uint)(int)Math.Clamp((int)a[i] + (sign * (long)(int)b[i]), int.MinValue, int.MaxValue), d[i]);
    }

    [Theory]
    [InlineData("shl.b32 d, a, b;", "shl")]
    [InlineData("shr.u32 d, a, b;", "shr")]
    [InlineData("shr.s32 d, a, b;", "sar")]
    public void Shifts_by_more_than_the_width_leave_zeros_or_the_sign(string code, string kind)
    {
        (uint[] a, uint[] b, _) = Operands.Words();
        uint[] d = Instructions.Run<uint, uint, uint>(code, a, b);
        for (int i = 0; i < a.Length; i++)
        {
            int n = (int)Math.Min(b[i], 32);
            uint expected = kind switch { "shl" => (uint)((ulong)a[i] << n), "shr" => (uint)((ulong)a[i] >> n), _ =>
                (uint)((long)(int)a[i] >> n) };
            Assert.Equal(expected, d[i]);
        }
    }

    [Fact]
    public void Shifts_of_64_bits_take_a_32_bit_amount()
    {
        (ulong[] a, _, _) = Operands.Longs();
        uint[] b = [.. Enumerable.Range(0, a.Length).Select(i => (uint)(i % 70))];
        ulong[] left = Instructions.Run<ulong, uint, ulong>("shl.b64 d, a, b;", a, b),
            right = Instructions.Run<ulong, uint, ulong>("shr.s64 d, a, b;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal(b[i] >= 64 ? 0 : a[i] << (int)b[i], left[i]);
            Assert.Equal((ulong)((long)a[i] >> (int)Math.Min(b[i], 63)), right[i]);
        }
    }

    [Fact]
    public void Products_of_24_bits_ignore_the_others()
    {
        (uint[] a, uint[] b, _) = Operands.Words();
        uint[] low = Instructions.Run<uint, uint, uint>("mul24.lo.s32 d, a, b;", a, b),
            high = Instructions.Run<uint, uint, uint>("mul24.hi.u32 d, a, b;", a, b);
        for (int i = 0; i < a.Length; i++)
        {
            Assert.Equal((uint)((long)((int)a[i] << 8 >> 8) * ((int)b[i] << 8 >> 8)), low[i]);
            Assert.Equal((uint)(((ulong)(a[i] & 0xFFFFFF) * (b[i] & 0xFFFFFF)) >> 16), high[i]);
        }
    }

    [Fact]
    public void Carries_chain_32_bit_words_into_96()
    {
        (uint[] a, uint[] b, uint[] c) = Operands.Words();
        uint[] sum = Instructions.Run<uint, uint, uint, uint>("add.cc.u32 t, a, b; addc.cc.u32 u, b, c; addc.u32 d, a, c;", a, b, c);
        uint[] difference = Instructions.Run<uint, uint, uint, uint>("sub.cc.u32 t, a, b; subc.cc.u32 u, b, c; subc.u32 d, a, c;", a, b, c);
        uint[] product = Instructions.Run<uint, uint, uint, uint>("mad.lo.cc.u32 t, a, b, c; madc.hi.u32 d, a, b, c;", a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            BigInteger x = a[i] + ((BigInteger)b[i] << 32) + ((BigInteger)a[i] << 64),
                y = b[i] + ((BigInteger)c[i] << 32) + ((BigInteger)c[i] << 64);
            Assert.Equal((uint)((x + y) >> 64 & uint.MaxValue), sum[i]);
            Assert.Equal((uint)((x - y) >> 64 & uint.MaxValue), difference[i]);
            BigInteger z = ((BigInteger)a[i] * b[i]) + c[i] + ((BigInteger)c[i] << 32);
            Assert.Equal((uint)(z >> 32 & uint.MaxValue), product[i]);
        }
    }

    [Fact]
    public void Carries_work_for_64_bits()
    {
        (ulong[] a, ulong[] b, ulong[] c) = Operands.Longs();
        ulong[] d = Instructions.Run<ulong, ulong, ulong, ulong>("add.cc.u64 x, a, b; addc.u64 d, b, c;", a, b, c);
        for (int i = 0; i < a.Length; i++)
        {
            BigInteger sum = (BigInteger)a[i] + b[i] + ((BigInteger)b[i] << 64) + ((BigInteger)c[i] << 64);
            Assert.Equal((ulong)(sum >> 64 & ulong.MaxValue), d[i]);
        }
    }
}
