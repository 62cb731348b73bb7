using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace AlexNetCuda.Ptx.Tests;

/// <summary>Runs one instruction for many operands: a kernel around it loads them, and stores the result.</summary>
internal static class Instructions
{
    /// <summary>Executes, for example, "add.s32 d, a, b;" for each triple; registers a, b, c and d have the bits of their types.</summary>
    public static TD[] Run<TA, TB, TC, TD>(string code, TA[] a, TB[] b, TC[] c, MachineOptions? options = null)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
        where TD : unmanaged
    {
        using var machine = new PtxMachine(options);
        LoadedKernel kernel = machine.Load(Text<TA, TB, TC, TD>(code))["k"];
        ulong pa = machine.Memory.Allocate<TA>(a), pb = machine.Memory.Allocate<TB>(b), pc = machine.Memory.Allocate<TC>(c);
        ulong pd = machine.Memory.Allocate((long)a.Length * Unsafe.SizeOf<TD>());
        // 96 threads a block, so that a partial last block masks lanes off.
        machine.Launch(kernel, new LaunchConfiguration((a.Length + 95) / 96, 96), pa, pb, pc, pd, a.Length).ThrowIfReported();
        return machine.Memory.Read<TD>(pd, a.Length);
    }

    public static TD[] Run<TA, TB, TD>(string code, TA[] a, TB[] b, MachineOptions? options = null)
        where TA : unmanaged
        where TB : unmanaged
        where TD : unmanaged => Run<TA, TB, TB, TD>(code, a, b, b, options);

    public static TD[] Run<TA, TD>(string code, TA[] a, MachineOptions? options = null)
        where TA : unmanaged
        where TD : unmanaged => Run<TA, TA, TA, TD>(code, a, a, a, options);

    /// <summary>A module around the body of a kernel k with the given parameters.</summary>
    public static string Module(string parameters, string body, string globals = "", string target = "sm_80") => $$"""
        .version 7.8
        .target {{target}}
        .address_size 64
        {{globals}}
        .visible .entry k({{parameters}})
        {
        {{body}}
        }
        """;

    private static string Text<TA, TB, TC, TD>(string code)
    {
        int[] sizes = [Unsafe.SizeOf<TA>(), Unsafe.SizeOf<TB>(), Unsafe.SizeOf<TC>(), Unsafe.SizeOf<TD>()];
        string[] names = ["a", "b", "c", "d"];
        var body = new StringBuilder("""
            .reg .pred done, p, q, s;
            .reg .b32 t, u, v, i, n;
            .reg .b64 x, y;
            .reg .b16 h;
            mov.u32 i, %tid.x;
            mov.u32 t, %ntid.x;
            mov.u32 u, %ctaid.x;
            mad.lo.u32 i, t, u, i;
            ld.param.u32 n, [pn];
            setp.ge.u32 done, i, n;
            @done exit;
            """);
        for (int k = 0; k < 4; k++)
        {
            string bits = (sizes[k] * 8).ToString(CultureInfo.InvariantCulture), register = sizes[k] == 1 ? "16" : bits;
            body.Append(CultureInfo.InvariantCulture, $"\n.reg .b{register} {names[k]};\n.reg .b64 p{names[k]};\n");
            body.Append(CultureInfo.InvariantCulture,
                $"ld.param.u64 p{names[k]}, [q{names[k]}];\nmul.wide.u32 x, i, {sizes[k]};\nadd.u64 p{names[k]}, p{names[k]}, x;\n");
            if (k < 3) body.Append(CultureInfo.InvariantCulture, $"ld.global.b{bits} {names[k]}, [p{names[k]}];\n");
        }

        body.Append(code).Append(CultureInfo.InvariantCulture, $"\nst.global.b{sizes[3] * 8} [pd], d;\nret;");
        return Module(".param .u64 qa, .param .u64 qb, .param .u64 qc, .param .u64 qd, .param .u32 pn", body.ToString());
    }
}
