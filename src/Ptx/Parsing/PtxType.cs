namespace AlexNetCuda.Ptx;

/// <summary>What the bits of a PTX value mean (PTX ISA, "Fundamental Types").</summary>
public enum PtxTypeKind
{
    /// <summary>Untyped bits: .b8 to .b64.</summary>
    Bits,

    /// <summary>Unsigned integers: .u8 to .u64.</summary>
    Unsigned,

    /// <summary>Signed integers: .s8 to .s64.</summary>
    Signed,

    /// <summary>IEEE binary floating point: .f16, .f32, .f64.</summary>
    Float,

    /// <summary>bfloat16: .bf16.</summary>
    BFloat,

    /// <summary>Two halves packed in 32 bits: .f16x2.</summary>
    HalfPair,

    /// <summary>Two bfloat16 packed in 32 bits: .bf16x2.</summary>
    BFloatPair,

    /// <summary>A predicate: .pred.</summary>
    Predicate,
}

/// <summary>A PTX type: a kind and a width.</summary>
/// <param name="Kind">What the bits mean.</param>
/// <param name="Bits">The width in bits: 1 for a predicate, else 8, 16, 32 or 64.</param>
public readonly record struct PtxType(PtxTypeKind Kind, int Bits)
{
    internal static readonly PtxType U8 = new(PtxTypeKind.Unsigned, 8);
    internal static readonly PtxType U16 = new(PtxTypeKind.Unsigned, 16);
    internal static readonly PtxType U32 = new(PtxTypeKind.Unsigned, 32);
    internal static readonly PtxType U64 = new(PtxTypeKind.Unsigned, 64);
    internal static readonly PtxType S32 = new(PtxTypeKind.Signed, 32);
    internal static readonly PtxType B32 = new(PtxTypeKind.Bits, 32);
    internal static readonly PtxType B64 = new(PtxTypeKind.Bits, 64);
    internal static readonly PtxType F32 = new(PtxTypeKind.Float, 32);
    internal static readonly PtxType F64 = new(PtxTypeKind.Float, 64);
    internal static readonly PtxType Pred = new(PtxTypeKind.Predicate, 1);

    private static readonly Dictionary<string, PtxType> s_names = new(StringComparer.Ordinal)
    {
        [".b8"] = new(PtxTypeKind.Bits, 8),
        [".b16"] = new(PtxTypeKind.Bits, 16),
        [".b32"] = B32,
        [".b64"] = B64,
        [".u8"] = U8,
        [".u16"] = U16,
        [".u32"] = U32,
        [".u64"] = U64,
        [".s8"] = new(PtxTypeKind.Signed, 8),
        [".s16"] = new(PtxTypeKind.Signed, 16),
        [".s32"] = S32,
        [".s64"] = new(PtxTypeKind.Signed, 64),
        [".f16"] = new(PtxTypeKind.Float, 16),
        [".f32"] = F32,
        [".f64"] = F64,
        [".bf16"] = new(PtxTypeKind.BFloat, 16),
        [".f16x2"] = new(PtxTypeKind.HalfPair, 32),
        [".bf16x2"] = new(PtxTypeKind.BFloatPair, 32),
        [".pred"] = Pred,
    };

    /// <summary>The width in bytes of a value of this type in memory (a predicate has none: 0).</summary>
    public int Bytes => Bits / 8;

    internal bool IsInteger => Kind is PtxTypeKind.Unsigned or PtxTypeKind.Signed or PtxTypeKind.Bits;

    internal bool IsFloat => Kind is PtxTypeKind.Float or PtxTypeKind.BFloat;

    /// <summary>The type as PTX writes it, with its dot.</summary>
    public override string ToString() => Kind switch
    {
        PtxTypeKind.Bits => $".b{Bits}",
        PtxTypeKind.Unsigned => $".u{Bits}",
        PtxTypeKind.Signed => $".s{Bits}",
        PtxTypeKind.Float => $".f{Bits}",
        PtxTypeKind.BFloat => ".bf16",
        PtxTypeKind.HalfPair => ".f16x2",
        PtxTypeKind.BFloatPair => ".bf16x2",
        _ => ".pred",
    };

    internal static bool TryParse(string text, out PtxType type) => s_names.TryGetValue(text, out type);
}
