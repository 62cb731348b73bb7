using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>ld, st, atom, red, prefetch and fences.</summary>
internal static class MemoryDecoder
{
    // Cache hints and scopes change no value here: one memory, in program order for each lane.
    private static readonly string[] s_hints =
    [
        ".global", ".shared", ".shared::cta", ".local", ".const", ".param", ".param::entry", ".param::func", ".v2", ".v4", ".nc",
            ".volatile", ".weak", ".relaxed",
        ".acquire", ".release", ".acq_rel", ".cta", ".gpu", ".sys", ".ca", ".cg", ".cs", ".cv", ".lu", ".wb", ".wt",
        ".L1::evict_normal", ".L1::evict_unchanged", ".L1::evict_first", ".L1::evict_last", ".L1::no_allocate", ".L2::64B", ".L2::128B",
        ".L2::256B",
    ];

    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        switch (i.Opcode)
        {
            case "ld": Load(d, i); return true;
            case "ldu": Load(d, i); return true;
            case "st": Store(d, i); return true;
            case "atom": Atomic(d, i, true); return true;
            case "red": Atomic(d, i, false); return true;
            case "membar" or "fence" or "prefetch" or "prefetchu" or "nanosleep": d.Emit(new WarpOp((_, _) => { })); return true;
            default: return false;
        }
    }

    private static (PtxType Type, StateSpace Space, Operand[] Elements) Shape(Instruction i, Operand value)
    {
        Modifiers.Allow(i, s_hints);
        PtxType type = Modifiers.OnlyType(i);
        int count = i.Has(".v2") ? 2 : i.Has(".v4") ? 4 : 1;
        Operand[] elements = value is VectorOperand vector ? vector.Elements : [value];
        if (elements.Length != count) throw i.Error($"{elements.Length} registers for {count} elements");
        if (count * type.Bytes > 16) throw i.Error("an access has at most 16 bytes");
        if (type.Kind == PtxTypeKind.Predicate) throw i.Error("predicates do not lie in memory");
        return (type, Modifiers.Space(i), elements);
    }

    private static void Load(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(2, 2);
        (PtxType type, StateSpace space, Operand[] elements) = Shape(i, d.Operand(0));
        (Slot from, long displacement) = d.Address(d.Operand(1));
        Slot[] to = Array.ConvertAll(elements, e => d.Destination(e, type, wider: true));
        d.Emit(new Load(to, type.Kind == PtxTypeKind.Signed)
        {
            Space = space,
            Kind = AccessKind.Load,
            Base = from,
            Displacement = displacement,
            ElementBytes = type.Bytes,
            Elements = elements.Length,
            NonCoherent = i.Has(".nc"),
            CacheIndex = d.Builder.AccessCount++,
            ZeroBase = d.Zero.Offset,
        });
    }

    private static void Store(FunctionDecoder d, Instruction i)
    {
        d.ExpectOperands(2, 2);
        (PtxType type, StateSpace space, Operand[] elements) = Shape(i, d.Operand(1));
        if (space == StateSpace.Constant) throw i.Error(".const cannot be written");
        (Slot to, long displacement) = d.Address(d.Operand(0));
        Slot[] from = Array.ConvertAll(elements, e =>
            d.Source(e, type.Bits == 8 && e is ImmediateOperand ? PtxType.U16 : type, wider: true));
        d.Emit(new Store(from)
        {
            Space = space,
            Kind = AccessKind.Store,
            Base = to,
            Displacement = displacement,
            ElementBytes = type.Bytes,
            Elements = elements.Length,
            CacheIndex = d.Builder.AccessCount++,
        });
    }

    private static void Atomic(FunctionDecoder d, Instruction i, bool returns)
    {
        string operation = i.Modifiers.FirstOrDefault(m =>
            m is ".add" or ".min" or ".max" or ".inc" or ".dec" or ".and" or ".or" or ".xor" or ".exch" or ".cas")
            ?? throw i.Error("it needs an operation");
        Modifiers.Allow(i, [.. s_hints, operation, ".noftz"]);
        PtxType type = Modifiers.OnlyType(i);
        bool swap = operation == ".cas";
        int first = returns ? 1 : 0, count = first + 2 + (swap ? 1 : 0);
        d.ExpectOperands(count, count);
        (AtomicFunction function, AtomicFunction? flushed) = AtomicFunctions.Find(operation, type)
            ?? throw i.Error($"there is no '{operation}' of type {type}");
        StateSpace space = Modifiers.Space(i);
        if (space is not (StateSpace.Global or StateSpace.Shared or StateSpace.Generic)) throw i.Error("atomics are on .global or .shared");
        if (space != StateSpace.Shared) d.Builder.HasGlobalAtomics = true;
        (Slot at, long displacement) = d.Address(d.Operand(first));
        Slot? to = returns ? d.Destination(d.Operand(0), type) : null;
        Slot b = d.Source(d.Operand(first + 1), type);
        d.Emit(new Atomic(to, b, swap ? d.Source(d.Operand(first + 2), type) : null, function, flushed)
        {
            Space = space,
            Kind = AccessKind.Atomic,
            Base = at,
            Displacement = displacement,
            ElementBytes = type.Bytes,
            Elements = 1,
            CacheIndex = d.Builder.AccessCount++,
        });
    }
}
