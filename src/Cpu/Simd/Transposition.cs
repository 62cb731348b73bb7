using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AlexNetCuda.Cpu;

/// <summary>Transposes 16 by 16 floats that lie together: pairs of rows are interleaved, then pairs of pairs, then what lies in lanes of 128 bits is put in order.</summary>
internal static unsafe class Transposition
{
    /// <summary>One after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Single(float* source, float* destination)
    {
        for (int row = 0; row < Tile.Block; row++)
            for (int column = 0; column < Tile.Block; column++) destination[(column * Tile.Block) + row] = source[(row * Tile.Block) + column];
    }

    /// <summary>With AVX: 8 by 8 at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Bits256(float* source, float* destination)
    {
        for (int row = 0; row < Tile.Block; row += 8)
        {
            for (int column = 0; column < Tile.Block; column += 8)
            {
                float* from = source + (row * Tile.Block) + column, to = destination + (column * Tile.Block) + row;
                Quarter(from, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
                Quarter(from + (4 * Tile.Block), out Vector256<float> b0, out Vector256<float> b1, out Vector256<float> b2, out Vector256<float> b3);
                Avx.Permute2x128(a0, b0, 0x20).Store(to);
                Avx.Permute2x128(a1, b1, 0x20).Store(to + Tile.Block);
                Avx.Permute2x128(a2, b2, 0x20).Store(to + (2 * Tile.Block));
                Avx.Permute2x128(a3, b3, 0x20).Store(to + (3 * Tile.Block));
                Avx.Permute2x128(a0, b0, 0x31).Store(to + (4 * Tile.Block));
                Avx.Permute2x128(a1, b1, 0x31).Store(to + (5 * Tile.Block));
                Avx.Permute2x128(a2, b2, 0x31).Store(to + (6 * Tile.Block));
                Avx.Permute2x128(a3, b3, 0x31).Store(to + (7 * Tile.Block));
            }
        }
    }

    /// <summary>With AVX-512.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Bits512(float* source, float* destination)
    {
        float* memory = stackalloc float[17 * Tile.Block], quarters = Tile.Align(memory); // [column % 4][row / 4][column / 4][row % 4]
        for (int group = 0; group < 4; group++)
        {
            float* from = source + (4 * group * Tile.Block), to = quarters + (group * Tile.Block);
            Vector512<float> a = Vector512.Load(from), b = Vector512.Load(from + Tile.Block), c = Vector512.Load(from + (2 * Tile.Block)), d = Vector512.Load(from + (3 * Tile.Block));
            Vector512<double> ab = Avx512F.UnpackLow(a, b).AsDouble(), cd = Avx512F.UnpackLow(c, d).AsDouble();
            Avx512F.UnpackLow(ab, cd).AsSingle().Store(to);
            Avx512F.UnpackHigh(ab, cd).AsSingle().Store(to + (4 * Tile.Block));
            ab = Avx512F.UnpackHigh(a, b).AsDouble();
            cd = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.UnpackLow(ab, cd).AsSingle().Store(to + (8 * Tile.Block));
            Avx512F.UnpackHigh(ab, cd).AsSingle().Store(to + (12 * Tile.Block));
        }

        for (int column = 0; column < 4; column++)
        {
            float* from = quarters + (4 * column * Tile.Block), to = destination + (column * Tile.Block);
            Vector512<float> a = Vector512.Load(from), b = Vector512.Load(from + Tile.Block), c = Vector512.Load(from + (2 * Tile.Block)), d = Vector512.Load(from + (3 * Tile.Block));
            Vector512<float> ab = Avx512F.Shuffle4x128(a, b, 0x44), cd = Avx512F.Shuffle4x128(c, d, 0x44);
            Avx512F.Shuffle4x128(ab, cd, 0x88).Store(to);
            Avx512F.Shuffle4x128(ab, cd, 0xDD).Store(to + (4 * Tile.Block));
            ab = Avx512F.Shuffle4x128(a, b, 0xEE);
            cd = Avx512F.Shuffle4x128(c, d, 0xEE);
            Avx512F.Shuffle4x128(ab, cd, 0x88).Store(to + (8 * Tile.Block));
            Avx512F.Shuffle4x128(ab, cd, 0xDD).Store(to + (12 * Tile.Block));
        }
    }

    /// <summary>Of 4 rows, columns 0 and 4, 1 and 5, 2 and 6, 3 and 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(float* from, out Vector256<float> c04, out Vector256<float> c15, out Vector256<float> c26, out Vector256<float> c37)
    {
        Vector256<float> a = Vector256.Load(from), b = Vector256.Load(from + Tile.Block), c = Vector256.Load(from + (2 * Tile.Block)), d = Vector256.Load(from + (3 * Tile.Block));
        Vector256<double> ab = Avx.UnpackLow(a, b).AsDouble(), cd = Avx.UnpackLow(c, d).AsDouble();
        c04 = Avx.UnpackLow(ab, cd).AsSingle();
        c15 = Avx.UnpackHigh(ab, cd).AsSingle();
        ab = Avx.UnpackHigh(a, b).AsDouble();
        cd = Avx.UnpackHigh(c, d).AsDouble();
        c26 = Avx.UnpackLow(ab, cd).AsSingle();
        c37 = Avx.UnpackHigh(ab, cd).AsSingle();
    }
}
