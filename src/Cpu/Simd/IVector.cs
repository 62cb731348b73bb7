namespace AlexNetCuda.Cpu;

/// <summary>
/// A register of floats. Operators are generic over it, so that the JIT makes one version for each width; <see cref="Width"/> and the tests of comparisons fold away.
/// The blocked layouts have 16 lanes whatever the width: 1, 2 or 4 registers.
/// </summary>
internal unsafe interface IVector<T>
    where T : unmanaged, IVector<T>
{
    /// <summary>Floats in a register.</summary>
    static abstract int Width { get; }

    /// <summary>Registers in 16 lanes.</summary>
    static abstract int PerBlock { get; }

    /// <summary>Whether a*b + c is computed with one rounding.</summary>
    static abstract bool Fused { get; }

    /// <summary>Whether there are 32 registers, for tiles of 8 rows, or 16.</summary>
    static abstract bool TallTiles { get; }

    static abstract T Zero { get; }

    static abstract T Broadcast(float value);

    static abstract T Load(float* source);

    static abstract void Store(T value, float* destination);

    /// <summary>Stores past the caches; the destination is aligned to a register.</summary>
    static abstract void StoreNonTemporal(T value, float* destination);

    static abstract T Add(T a, T b);

    static abstract T Subtract(T a, T b);

    static abstract T Multiply(T a, T b);

    static abstract T Divide(T a, T b);

    /// <summary>a * b + c, in one rounding where the processor has it.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>The same with b in memory: one instruction, where a load and a multiply-add of values are two.</summary>
    static abstract T MultiplyAdd(T a, float* b, T c);

    static abstract T Sqrt(T a);

    /// <summary>One over the square root of a normal number, to within 4 units of the last place.</summary>
    static abstract T InverseSqrt(T a);

    /// <summary>The smaller; NaN of a stays.</summary>
    static abstract T Min(T a, T b);

    /// <summary>e to the power of a.</summary>
    static abstract T Exp(T a);

    /// <summary>The natural logarithm.</summary>
    static abstract T Log(T a);

    /// <summary>a where it is larger than b or not a number, else b.</summary>
    static abstract T MaxNaN(T a, T b);

    /// <summary>0 where a is below 0, else a; NaN stays.</summary>
    static abstract T Relu(T a);

    /// <summary>0 where the output is at most 0, else the gradient.</summary>
    static abstract T ReluGradient(T output, T gradient);

    /// <summary>All bits set where a equals b, or where both are not numbers.</summary>
    static abstract T SameMask(T a, T b);

    /// <summary>a where the mask is set, else 0.</summary>
    static abstract T And(T mask, T a);

    /// <summary>a where the mask is not set, else 0.</summary>
    static abstract T AndNot(T mask, T a);

    static abstract T Or(T a, T b);

    /// <summary>Lanes moved up by so many, a constant of 1 to <see cref="Width"/> - 1; the last of the register before come in below.</summary>
    static abstract T Up(T before, T a, int lanes);

    /// <summary>Transposes 16 by 16 floats that lie together.</summary>
    static abstract void Transpose(float* source, float* destination);
}
