using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlexNetCuda.Ptx.Execution;

internal interface IUnary<T>
{
    static abstract Vector256<T> Apply(Vector256<T> a);
}

internal interface IBinary<T>
{
    static abstract Vector256<T> Apply(Vector256<T> a, Vector256<T> b);
}

internal interface ITernary<T>
{
    static abstract Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c);
}

/// <summary>d = f(a) on 32 lanes of 4 or 8 bytes, a vector at a time.</summary>
internal sealed unsafe class VectorUnary<T, TF>(int d, int a) : Op
    where T : unmanaged
    where TF : struct, IUnary<T>
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        T* pa = (T*)(r + a), pd = (T*)(r + d);
        if (mask == Lanes.All)
        {
            for (int i = 0; i < 32; i += Vector256<T>.Count) TF.Apply(Vector256.Load(pa + i)).Store(pd + i);
            return;
        }

        for (int i = 0; i < 32; i += Vector256<T>.Count)
            Vector256.ConditionalSelect(Lanes.Select<T>(mask, i), TF.Apply(Vector256.Load(pa + i)), Vector256.Load(pd + i)).Store(pd + i);
    }
}

/// <summary>d = f(a, b) on 32 lanes of 4 or 8 bytes, a vector at a time.</summary>
internal sealed unsafe class VectorBinary<T, TF>(int d, int a, int b) : Op
    where T : unmanaged
    where TF : struct, IBinary<T>
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        T* pa = (T*)(r + a), pb = (T*)(r + b), pd = (T*)(r + d);
        if (mask == Lanes.All)
        {
            for (int i = 0; i < 32; i += Vector256<T>.Count) TF.Apply(Vector256.Load(pa + i), Vector256.Load(pb + i)).Store(pd + i);
            return;
        }

        for (int i = 0; i < 32; i += Vector256<T>.Count)
        {
            Vector256<T> value = TF.Apply(Vector256.Load(pa + i), Vector256.Load(pb + i));
            Vector256.ConditionalSelect(Lanes.Select<T>(mask, i), value, Vector256.Load(pd + i)).Store(pd + i);
        }
    }
}

/// <summary>d = f(a, b, c) on 32 lanes of 4 or 8 bytes, a vector at a time.</summary>
internal sealed unsafe class VectorTernary<T, TF>(int d, int a, int b, int c) : Op
    where T : unmanaged
    where TF : struct, ITernary<T>
{
    public override void Run(Warp warp, uint mask)
    {
        byte* r = warp.Registers;
        T* pa = (T*)(r + a), pb = (T*)(r + b), pc = (T*)(r + c), pd = (T*)(r + d);
        if (mask == Lanes.All)
        {
            for (int i = 0; i < 32; i += Vector256<T>.Count)
                TF.Apply(Vector256.Load(pa + i), Vector256.Load(pb + i), Vector256.Load(pc + i)).Store(pd + i);
            return;
        }

        for (int i = 0; i < 32; i += Vector256<T>.Count)
        {
            Vector256<T> value = TF.Apply(Vector256.Load(pa + i), Vector256.Load(pb + i), Vector256.Load(pc + i));
            Vector256.ConditionalSelect(Lanes.Select<T>(mask, i), value, Vector256.Load(pd + i)).Store(pd + i);
        }
    }
}

/// <summary>Compares 32 lanes and packs the outcome into a mask, a lane a bit.</summary>
internal static unsafe class VectorCompare
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Run<T, TF>(byte* r, int a, int b)
        where T : unmanaged
        where TF : struct, IBinary<T>
    {
        T* pa = (T*)(r + a), pb = (T*)(r + b);
        uint result = 0;
        for (int i = 0; i < 32; i += Vector256<T>.Count)
            result |= TF.Apply(Vector256.Load(pa + i), Vector256.Load(pb + i)).ExtractMostSignificantBits() << i;
        return result;
    }
}
