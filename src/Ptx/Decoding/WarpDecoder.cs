using System.Numerics;
using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>shfl, vote, activemask, match, redux and bar.warp.sync: what lanes of a warp do together.</summary>
internal static unsafe class WarpDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        switch (i.Opcode)
        {
            case "bar":
                Modifiers.Allow(i, ".warp", ".sync");
                d.ExpectOperands(1, 1);
                d.Emit(new WarpBarrier(d.Source(d.Operand(0), PtxType.B32)));
                return true;
            case "shfl": Shuffle(d, i); return true;
            case "vote": Vote(d, i); return true;
            case "match": Match(d, i); return true;
            case "redux": Reduce(d, i); return true;
            case "activemask":
                d.ExpectOperands(1, 1);
                Slot to = d.Destination(d.Operand(0), PtxType.B32);
                d.Emit(new WarpOp((w, mask) => Spread(w, to, mask, mask)));
                return true;
            default: return false;
        }
    }

    private static void Spread(Warp w, Slot to, uint lanes, uint value)
    {
        for (; lanes != 0; lanes &= lanes - 1) RawSlot.Put(w, to, Lanes.First(lanes), value);
    }

    private static void RequireSync(Instruction i)
    {
        if (!i.Has(".sync")) throw i.Error("without .sync it is not supported (nor by sm_70 and later)");
    }

    private static void Shuffle(FunctionDecoder d, Instruction i)
    {
        RequireSync(i);
        Modifiers.Allow(i, ".sync", ".up", ".down", ".bfly", ".idx");
        d.ExpectOperands(5, 5);
        Operand target = d.Operand(0);
        int predicate = target is PairOperand pair ? d.PredicateResult(pair.Second) : -1;
        Slot to = d.Destination(target is PairOperand both ? both.First : target, PtxType.B32);
        Slot a = d.Source(d.Operand(1), PtxType.B32), b = d.Source(d.Operand(2), PtxType.B32), c = d.Source(d.Operand(3), PtxType.B32);
        string mode = i.Modifiers.FirstOrDefault(m => m is ".up" or ".down" or ".bfly" or ".idx")
            ?? throw i.Error("it needs .up, .down, .bfly or .idx");
        d.Emit(new Exchange(d.Source(d.Operand(4), PtxType.B32), (w, group) =>
        {
            Span<uint> values = stackalloc uint[32];
            for (int lane = 0; lane < 32; lane++) values[lane] = (uint)RawSlot.Get(w, a, lane);
            uint inRange = 0;
            for (uint left = group; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                int source = SourceLane(mode, lane, (int)RawSlot.Get(w, b, lane) & 31, (uint)RawSlot.Get(w, c, lane), out bool valid);
                if (valid) inRange |= 1u << lane;
                RawSlot.Put(w, to, lane, values[source]);
            }

            if (predicate >= 0) PredicateOps.Put(w, predicate, group, inRange);
        }));
    }

    // PTX ISA, "shfl.sync": the segment is in the upper half of c, the clamp in the lower.
    private static int SourceLane(string mode, int lane, int b, uint c, out bool valid)
    {
        int clamp = (int)(c & 31), segment = (int)(c >> 8 & 31);
        int most = (lane & segment) | (clamp & ~segment), least = lane & segment;
        int source = mode switch
        {
            ".up" => lane - b,
            ".down" => lane + b,
            ".bfly" => lane ^ b,
            _ => least | (b & ~segment),
        };
        valid = mode == ".up" ? source >= most : source <= most;
        return valid ? source : lane;
    }

    private static void Vote(FunctionDecoder d, Instruction i)
    {
        RequireSync(i);
        Modifiers.Allow(i, ".sync", ".all", ".any", ".uni", ".ballot");
        d.ExpectOperands(3, 3);
        (int predicate, uint flip) = d.Predicate(d.Operand(1));
        Slot members = d.Source(d.Operand(2), PtxType.B32);
        if (i.Has(".ballot"))
        {
            Slot to = d.Destination(d.Operand(0), PtxType.B32);
            d.Emit(new Exchange(members, (w, group) => Spread(w, to, group, (*(uint*)(w.Registers + predicate) ^ flip) & group)));
            return;
        }

        int result = d.PredicateResult(d.Operand(0));
        bool all = i.Has(".all"), any = i.Has(".any");
        if (!all && !any && !i.Has(".uni")) throw i.Error("it needs .all, .any, .uni or .ballot");
        d.Emit(new Exchange(members, (w, group) =>
        {
            uint votes = (*(uint*)(w.Registers + predicate) ^ flip) & group;
            bool outcome = all ? votes == group : any ? votes != 0 : votes == 0 || votes == group;
            PredicateOps.Put(w, result, group, outcome ? group : 0);
        }));
    }

    private static void Match(FunctionDecoder d, Instruction i)
    {
        RequireSync(i);
        Modifiers.Allow(i, ".sync", ".all", ".any");
        d.ExpectOperands(3, 3);
        PtxType type = Modifiers.OnlyType(i);
        Operand target = d.Operand(0);
        int predicate = target is PairOperand pair ? d.PredicateResult(pair.Second) : -1;
        Slot to = d.Destination(target is PairOperand both ? both.First : target, PtxType.B32), a = d.Source(d.Operand(1), type);
        bool all = i.Has(".all");
        d.Emit(new Exchange(d.Source(d.Operand(2), PtxType.B32), (w, group) =>
        {
            for (uint left = group; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                uint same = 0;
                for (uint others = group; others != 0; others &= others - 1)
                    if (RawSlot.Get(w, a, Lanes.First(others)) == RawSlot.Get(w, a, lane)) same |= others & (0 - others);
                RawSlot.Put(w, to, lane, !all || same == group ? same : 0);
                if (predicate >= 0) PredicateOps.Put(w, predicate, 1u << lane, same == group ? 1u << lane : 0);
            }
        }));
    }

    private static void Reduce(FunctionDecoder d, Instruction i)
    {
        RequireSync(i);
        Modifiers.Allow(i, ".sync", ".add", ".min", ".max", ".and", ".or", ".xor");
        d.ExpectOperands(3, 3);
        PtxType type = Modifiers.OnlyType(i);
        if (type.Bits != 32) throw i.Error("it takes 32 bits");
        string operation = i.Modifiers.FirstOrDefault(m => m is ".add" or ".min" or ".max" or ".and" or ".or" or ".xor")
            ?? throw i.Error("it needs an operation");
        (AtomicFunction f, _) = AtomicFunctions.Find(operation, type) ?? throw i.Error($"there is no '{operation}' of type {type}");
        Slot to = d.Destination(d.Operand(0), type), a = d.Source(d.Operand(1), type);
        d.Emit(new Exchange(d.Source(d.Operand(2), PtxType.B32), (w, group) =>
        {
            ulong total = RawSlot.Get(w, a, BitOperations.TrailingZeroCount(group));
            for (uint left = group & (group - 1); left != 0; left &= left - 1) total = f(total, RawSlot.Get(w, a, Lanes.First(left)), 0);
            Spread(w, to, group, (uint)total);
        }));
    }
}
