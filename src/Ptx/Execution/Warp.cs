using System.Runtime.InteropServices;

namespace AlexNetCuda.Ptx.Execution;

/// <summary>
/// 32 lanes of a block. Registers lie lane by lane (a structure of arrays): 32 x 4 bytes for a register of up to 32 bits,
/// 32 x 8 bytes for 64 bits, one 32-bit mask for a predicate.
/// </summary>
internal sealed unsafe class Warp : IDisposable
{
    private readonly Program _program;

    public Warp(Program program, Block block, int index, Flow flow)
    {
        _program = program;
        Block = block;
        Index = index;
        Flow = flow;
        Registers = (byte*)NativeMemory.AlignedAlloc((nuint)program.RegisterBytes + 64, 64);
        NativeMemory.Clear(Registers, (nuint)program.RegisterBytes + 64);
        Local = (byte*)NativeMemory.AlignedAlloc((nuint)(32L * program.LocalBytes) + 64, 64);
        CallParameters = (byte*)NativeMemory.AlignedAlloc((nuint)(32L * program.CallParameterBytes) + 64, 64);
        foreach ((int offset, int stride, ulong bits) in program.Constants)
        {
            for (int i = 0; i < 32; i++)
            {
                if (stride == 8) ((ulong*)(Registers + offset))[i] = bits;
                else ((uint*)(Registers + offset))[i] = (uint)bits;
            }
        }

        *(uint*)(Registers + Program.TrueOffset) = uint.MaxValue;
    }

    public Block Block { get; }

    public int Index { get; }

    public Flow Flow { get; }

    public byte* Registers { get; }

    /// <summary>32 local memories, one after another.</summary>
    public byte* Local { get; }

    /// <summary>32 areas of device functions' parameters, one after another.</summary>
    public byte* CallParameters { get; }

    /// <summary>Lanes that exist (the block's last warp may be partial).</summary>
    public uint Present { get; private set; }

    /// <summary>Lanes that have not exited.</summary>
    public uint Live { get; private set; }

    /// <summary>The carry flags of add.cc and its kin, a lane a bit.</summary>
    public uint Carry { get; set; }

    /// <summary>The instruction being executed, for reports.</summary>
    public Op Current { get; set; } = null!;

    /// <summary>Device addresses of the access being executed, lane by lane.</summary>
    public ulong[] Addresses { get; } = new ulong[32];

    /// <summary>Host pointers of the access being executed, lane by lane.</summary>
    public nint[] Hosts { get; } = new nint[32];

    /// <summary>Thread-instructions executed since the block began.</summary>
    public long Executed { get; private set; }

    /// <summary>What %clock counts.</summary>
    public long Ticks { get; set; }

    public bool Done => Live == 0;

    public void Begin(int threads)
    {
        Present = threads >= 32 ? uint.MaxValue : (1u << threads) - 1;
        Live = Present;
        Carry = 0;
        Ticks = 0;
        Executed = 0;
        // Registers start as zeros, so that a run never depends on the block before it.
        NativeMemory.Clear(Registers + Program.FirstOffset, (nuint)(_program.ClearedTo - Program.FirstOffset));
        foreach ((int offset, int stride, string name) in _program.Specials) SpecialValues.Fill(this, Registers + offset, stride, name);
        Flow.Begin(Present, _program.Entry);
    }

    /// <summary>Runs until the warp is done, blocked at a barrier, or has run the given number of basic blocks.</summary>
    public Signal Run(int quantum)
    {
        Op[] code = _program.Code;
        byte* registers = Registers;
        long executed = 0, limit = Block.BudgetLeft;
        Signal signal = Signal.Continue;
        while (Live != 0 && quantum-- > 0)
        {
            if (!Flow.Select(this, out int pc, out uint active))
            {
                signal = Signal.Blocked;
                break;
            }

            int start = pc, lanes = System.Numerics.BitOperations.PopCount(active);
            while (true)
            {
                Op op = code[pc];
                uint mask = active;
                if (op.Guard >= 0) mask &= *(uint*)(registers + op.Guard) ^ op.GuardFlip;
                Current = op;
                if (op is ControlOp control)
                {
                    executed += (long)lanes * (pc + 1 - start);
                    signal = control.Steer(this, pc, active, mask);
                    break;
                }

                if (mask != 0) op.Run(this, mask);
                pc++;
                if (op.EndsBlock)
                {
                    executed += (long)lanes * (pc - start);
                    Flow.Advance(pc);
                    break;
                }
            }

            if (executed > limit) throw Block.Fault(this, Lanes.First(active), FaultKind.BudgetExceeded, null);
            if (signal == Signal.Blocked && !Flow.CanRun(this)) break;
            signal = Signal.Continue;
        }

        Executed += executed;
        Block.BudgetLeft -= executed;
        return signal;
    }

    public void Exit(uint mask)
    {
        Live &= ~mask;
        Flow.Exit(this, mask);
    }

    public int Thread(int lane) => Index * 32 + lane;

    public void Dispose()
    {
        NativeMemory.AlignedFree(Registers);
        NativeMemory.AlignedFree(Local);
        NativeMemory.AlignedFree(CallParameters);
    }
}
