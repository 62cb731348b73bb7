using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>mov, selp, slct, prmt, cvta and isspacep (PTX ISA, "Data Movement and Conversion Instructions").</summary>
internal static unsafe class MoveDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case "mov": Move(d, instruction); return true;
            case "selp": Select(d, instruction); return true;
            case "slct": SelectBySign(d, instruction); return true;
            case "prmt": Permute(d, instruction); return true;
            case "cvta": ConvertAddress(d, instruction); return true;
            case "isspacep": IsSpace(d, instruction); return true;
            default: return false;
        }
    }

    /// <summary>Copies between slots of a type.</summary>
    public static Op Copy(Slot to, Slot from, PtxType type) => (type.Bits, to.Stride, from.Stride) switch
    {
        (64, 8, 8) => new VectorUnary<ulong, Copy<ulong>>(to.Offset, from.Offset),
        (32, 4, 4) or (16, 4, 4) => new VectorUnary<uint, Copy<uint>>(to.Offset, from.Offset),
        _ => throw new InvalidOperationException($"no copy of {type} between strides {from.Stride} and {to.Stride}"),
    };

    private static void Move(FunctionDecoder d, Instruction instruction)
    {
        d.ExpectOperands(2, 2);
        Modifiers.Allow(instruction);
        PtxType type = Modifiers.OnlyType(instruction);
        if (type.Kind == PtxTypeKind.Predicate)
        {
            int to = d.PredicateResult(d.Operand(0));
            (int from, uint flip) = d.Predicate(d.Operand(1));
            d.Emit(new WarpOp((w, mask) => PredicateOps.Put(w, to, mask, *(uint*)(w.Registers + from) ^ flip)));
        }
        else if (d.Operand(1) is VectorOperand parts)
        {
            Pack(d, instruction, type, parts);
        }
        else if (d.Operand(0) is VectorOperand results)
        {
            Unpack(d, instruction, type, results);
        }
        else
        {
            if (type.Bits is 8) throw instruction.Error("mov has no 8-bit type");
            d.Emit(Copy(d.Destination(d.Operand(0), type), d.Source(d.Operand(1), type), type));
        }
    }

    private static PtxType Part(Instruction instruction, PtxType type, int count) =>
        count is 2 or 4 && type.Bits / count >= 8
            ? new PtxType(PtxTypeKind.Bits, type.Bits / count)
            : throw instruction.Error($"{count} parts do not make a {type}");

    private static void Pack(FunctionDecoder d, Instruction instruction, PtxType type, VectorOperand parts)
    {
        PtxType part = Part(instruction, type, parts.Elements.Length);
        Slot to = d.Destination(d.Operand(0), type);
        Slot[] from = Array.ConvertAll(parts.Elements, e => d.Source(e, part, wider: part.Bits == 8));
        ulong keep = part.Bits == 64 ? ulong.MaxValue : (1UL << part.Bits) - 1;
        d.Emit(new WarpOp((w, mask) =>
        {
            for (; mask != 0; mask &= mask - 1)
            {
                int lane = Lanes.First(mask);
                ulong value = 0;
                for (int i = 0; i < from.Length; i++) value |= (RawSlot.Get(w, from[i], lane) & keep) << (i * part.Bits);
                RawSlot.Put(w, to, lane, value);
            }
        }));
    }

    private static void Unpack(FunctionDecoder d, Instruction instruction, PtxType type, VectorOperand results)
    {
        PtxType part = Part(instruction, type, results.Elements.Length);
        Slot from = d.Source(d.Operand(1), type);
        Slot[] to = Array.ConvertAll(results.Elements, e => d.Destination(e, part, wider: part.Bits == 8));
        ulong keep = (1UL << part.Bits) - 1;
        d.Emit(new WarpOp((w, mask) =>
        {
            for (; mask != 0; mask &= mask - 1)
            {
                int lane = Lanes.First(mask);
                ulong value = RawSlot.Get(w, from, lane);
                for (int i = 0; i < to.Length; i++) RawSlot.Put(w, to[i], lane, value >> (i * part.Bits) & keep);
            }
        }));
    }

    private static void Select(FunctionDecoder d, Instruction instruction)
    {
        d.ExpectOperands(4, 4);
        Modifiers.Allow(instruction);
        PtxType type = Modifiers.OnlyType(instruction);
        int to = d.Destination(d.Operand(0), type).Offset, a = d.Source(d.Operand(1), type).Offset, b = d.Source(d.Operand(2), type).Offset;
        (int predicate, uint flip) = d.Predicate(d.Operand(3));
        d.Emit(type.Bits switch
        {
            64 => new Select<ulong>(to, a, b, predicate, flip),
            32 or 16 => new Select<uint>(to, a, b, predicate, flip),
            _ => throw instruction.Error($"selp has no type {type}"),
        });
    }

    private static void SelectBySign(FunctionDecoder d, Instruction instruction)
    {
        d.ExpectOperands(4, 4);
        Modifiers.Allow(instruction, ".ftz");
        PtxType[] types = Modifiers.Types(instruction);
        if (types.Length != 2 || types[1] != PtxType.S32 && types[1] != PtxType.F32)
            throw instruction.Error("slct needs a type and .s32 or .f32");
        PtxType type = types[0];
        bool real = types[1] == PtxType.F32, flush = instruction.Has(".ftz");
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type), b = d.Source(d.Operand(2), type),
            c = d.Source(d.Operand(3), types[1]);
        d.Emit(new WarpOp((w, mask) =>
        {
            for (; mask != 0; mask &= mask - 1)
            {
                int lane = Lanes.First(mask);
                uint bits = (uint)RawSlot.Get(w, c, lane);
                float value = BitConverter.UInt32BitsToSingle(bits);
                bool first = real ? (flush ? SingleRules.Flush(value) : value) >= 0 : (int)bits >= 0;
                RawSlot.Put(w, to, lane, RawSlot.Get(w, first ? a : b, lane));
            }
        }));
    }

    private static void Permute(FunctionDecoder d, Instruction instruction)
    {
        d.ExpectOperands(4, 4);
        if (!instruction.Has(".b32")) throw instruction.Error("prmt needs .b32");
        string mode = instruction.Modifiers.FirstOrDefault(m => m != ".b32") ?? "";
        Func<uint, uint, uint, uint> f = mode switch
        {
            "" => Bits.Permute,
            ".f4e" => (a, b, c) => (uint)((((ulong)b << 32 | a) >> (int)(8 * (c & 3))) & uint.MaxValue),
            ".b4e" => (a, b, c) => Bits.Permute(a, b, BackwardSelector(c & 3)),
            ".rc8" => (a, _, c) => Bits.Permute(a, 0, 0x1111u * (c & 3)),
            ".ecl" => (a, _, c) => Bits.Permute(a, 0, (c & 3) switch { 0 => 0x3210u, 1 => 0x3211, 2 => 0x3222, _ => 0x3333 }),
            ".ecr" => (a, _, c) => Bits.Permute(a, 0, (c & 3) switch { 0 => 0x0000u, 1 => 0x1110, 2 => 0x2210, _ => 0x3210 }),
            ".rc16" => (a, _, c) => Bits.Permute(a, 0, (c & 1) == 0 ? 0x1010u : 0x3232),
            _ => throw instruction.Error($"prmt has no mode '{mode}'"),
        };
        d.Emit(new LaneTernary<uint, uint, uint, uint>(
            d.Destination(d.Operand(0), PtxType.B32), d.Source(d.Operand(1), PtxType.B32), d.Source(d.Operand(2), PtxType.B32),
            d.Source(d.Operand(3), PtxType.B32), f));
    }

    // Bytes n, n-1, n-2, n-3 of the eight, counted round.
    private static uint BackwardSelector(uint n) => n | ((n + 7) & 7) << 4 | ((n + 6) & 7) << 8 | ((n + 5) & 7) << 12;

    private static void ConvertAddress(FunctionDecoder d, Instruction instruction)
    {
        d.ExpectOperands(2, 2);
        PtxType type = PtxType.U64;
        Modifiers.Allow(instruction, ".to", ".shared", ".shared::cta", ".local", ".global", ".const", ".param", ".param::entry");
        if (!instruction.Has(".u64")) throw instruction.Error("only 64-bit addresses are supported");
        ulong window = Modifiers.Space(instruction) switch
        {
            StateSpace.Shared => MemoryOp.SharedWindow,
            StateSpace.Local => MemoryOp.LocalWindow,
            StateSpace.Parameter => MemoryOp.ParameterWindow,
            StateSpace.Global or StateSpace.Constant => 0,
            _ => throw instruction.Error("cvta needs a state space"),
        };
        if (instruction.Has(".to")) window = 0 - window;
        Slot to = d.Destination(d.Operand(0), type), from = d.Source(d.Operand(1), type);
        d.Emit(window == 0 ? Copy(to, from, type)
            : new VectorBinary<ulong, Add<ulong>>(to.Offset, from.Offset, d.Builder.Constant(window, 8).Offset));
    }

    private static void IsSpace(FunctionDecoder d, Instruction instruction)
    {
        d.ExpectOperands(2, 2);
        int to = d.PredicateResult(d.Operand(0));
        Slot from = d.Source(d.Operand(1), PtxType.U64);
        StateSpace space = Modifiers.Space(instruction);
        d.Emit(new WarpOp((w, mask) =>
        {
            uint result = 0;
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ulong a = RawSlot.Get(w, from, lane);
                bool shared = a - MemoryOp.SharedWindow < MemoryOp.WindowBytes, local = a - MemoryOp.LocalWindow < MemoryOp.WindowBytes;
                bool parameter = a - MemoryOp.ParameterWindow < MemoryOp.WindowBytes;
                bool constant = w.Block.Launch.Memory.Find(a) is { IsReadOnly: true };
                bool yes = space switch
                {
                    StateSpace.Shared => shared,
                    StateSpace.Local => local,
                    StateSpace.Parameter => parameter,
                    StateSpace.Constant => constant,
                    _ => !shared && !local && !parameter && !constant,
                };
                if (yes) result |= 1u << lane;
            }

            PredicateOps.Put(w, to, mask, result);
        }));
    }
}
