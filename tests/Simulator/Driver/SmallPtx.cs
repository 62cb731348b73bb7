namespace AlexNetCuda.Simulator.Tests.Driver;

/// <summary>Kernels just large enough for what a test wants to see.</summary>
internal static class SmallPtx
{
    /// <summary>scale: y[i] = a x[i]. touch: writes 4 bytes at p. stop: trap. empty: nothing. static_shared and dynamic_shared: as named.</summary>
    public const string Text = """
        .version 7.0
        .target sm_52
        .address_size 64

        .extern .shared .align 4 .b8 dynamic[];
        .global .align 4 .u32 counter = 41;

        .visible .entry scale(.param .u64 x, .param .u64 y, .param .f32 a, .param .u32 n)
        {
            .reg .pred %p;
            .reg .b32 %r<5>;
            .reg .f32 %f<4>;
            .reg .b64 %d<6>;
            ld.param.u64 %d1, [x];
            ld.param.u64 %d2, [y];
            ld.param.f32 %f1, [a];
            ld.param.u32 %r1, [n];
            mov.u32 %r2, %tid.x;
            mov.u32 %r3, %ctaid.x;
            mov.u32 %r4, %ntid.x;
            mad.lo.s32 %r2, %r3, %r4, %r2;
            setp.ge.u32 %p, %r2, %r1;
            @%p bra DONE;
            mul.wide.u32 %d3, %r2, 4;
            add.s64 %d4, %d1, %d3;
            add.s64 %d5, %d2, %d3;
            ld.global.f32 %f2, [%d4];
            mul.f32 %f3, %f2, %f1;
            st.global.f32 [%d5], %f3;
        DONE:
            ret;
        }

        .visible .entry touch(.param .u64 p)
        {
            .reg .b32 %r1;
            .reg .b64 %d1;
            ld.param.u64 %d1, [p];
            mov.u32 %r1, 1;
            st.global.u32 [%d1], %r1;
            ret;
        }

        .visible .entry stop()
        {
            trap;
            ret;
        }

        .visible .entry empty()
        .maxntid 256, 1, 1
        {
            ret;
        }

        .visible .entry static_shared()
        {
            .shared .align 4 .b8 buffer[40960];
            .reg .b32 %r1;
            mov.u32 %r1, 1;
            st.shared.u32 [buffer], %r1;
            ret;
        }

        .visible .entry dynamic_shared(.param .u32 at)
        {
            .reg .b32 %r<4>;
            ld.param.u32 %r1, [at];
            mov.u32 %r2, dynamic;
            add.s32 %r3, %r2, %r1;
            st.shared.u32 [%r3], %r1;
            ret;
        }
        """;

    public static ulong Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}
