using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>bra, brx.idx, call, ret, exit, trap and the block barriers (PTX ISA, "Control Flow Instructions").</summary>
internal static class ControlDecoder
{
    public static bool TryDecode(FunctionDecoder d, Instruction i)
    {
        switch (i.Opcode)
        {
            case "bra":
                Modifiers.Allow(i, ".uni");
                d.Emit(new Branch { Target = ((NameOperand)d.Operand(0)).Target });
                return true;
            case "brx":
                Modifiers.Allow(i, ".idx", ".uni");
                NameOperand[] table = d.Function.Tables[((NameOperand)d.Operand(1)).Name];
                d.Emit(new IndexedBranch(d.Source(d.Operand(0), PtxType.U32)) { Targets = Array.ConvertAll(table, t => t.Target) });
                return true;
            case "call":
                Call(d, i);
                return true;
            case "ret":
                Modifiers.Allow(i, ".uni");
                d.ExpectOperands(0, 0);
                d.Emit(d.IsKernel ? new Exit() : new Return());
                return true;
            case "exit":
                d.ExpectOperands(0, 0);
                d.Emit(new Exit());
                return true;
            case "trap":
                d.ExpectOperands(0, 0);
                d.Emit(new Trap());
                return true;
            case "brkpt" or "pmevent":
                d.Emit(new WarpOp((_, _) => { }));
                return true;
            case "bar" when !i.Has(".warp"):
            case "barrier":
                Barrier(d, i);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The function a call names: call (results), name, (arguments) with both lists optional.</summary>
    public static Function Callee(Instruction i, ModuleSyntax module)
    {
        NameOperand name = i.Operands.OfType<NameOperand>().FirstOrDefault() ?? throw i.Error("calls through pointers are not supported");
        Function callee = module.FindFunction(name.Name) ?? throw i.Error($"there is no function '{name.Name}'");
        if (!callee.IsDefined) throw i.Error($"function '{name.Name}' is declared, not defined");
        return callee.IsKernel ? throw i.Error("a kernel cannot be called") : callee;
    }

    private static void Call(FunctionDecoder d, Instruction i)
    {
        Modifiers.Allow(i, ".uni");
        Function callee = Callee(i, d.Builder.Module);
        int at = i.Operands.FindIndex(o => o is NameOperand);
        Operand[] results = at > 0 && i.Operands[0] is ListOperand r ? r.Elements : [];
        Operand[] arguments = i.Operands.Count > at + 1 && i.Operands[at + 1] is ListOperand a ? a.Elements : [];
        if (arguments.Length != callee.Parameters.Count || results.Length != callee.Results.Count)
            throw i.Error($"'{callee.Name}' takes {callee.Parameters.Count} arguments and gives {callee.Results.Count} results");
        for (int n = 0; n < arguments.Length; n++) Transfer(d, i, arguments[n], callee.Parameters[n], true);
        d.Emit(new Call { Callee = callee });
        for (int n = 0; n < results.Length; n++) Transfer(d, i, results[n], callee.Results[n], false);
    }

    private static void Transfer(FunctionDecoder d, Instruction i, Operand actual, Formal formal, bool into)
    {
        if (formal.Register is { } register)
        {
            Slot own = d.Builder.SlotOf(register);
            Slot other = into ? d.Source(actual, register.Type) : d.Destination(actual, register.Type);
            d.Emit(into ? MoveDecoder.Copy(own, other, register.Type) : MoveDecoder.Copy(other, own, register.Type));
            return;
        }

        if (actual is not VariableOperand { Offset: 0, Variable: { Space: StateSpace.Parameter } variable })
            throw i.Error("an argument must be a .param variable");
        if (variable.Bytes != formal.Variable!.Bytes)
            throw i.Error($"'{variable.Name}' has {variable.Bytes} bytes, the function wants {formal.Variable.Bytes}");
        long mine = (long)(d.Builder.AddressOf(variable, i)!.Value - Program.CallParameterBase),
            theirs = (long)(d.Builder.AddressOf(formal.Variable, i)!.Value - Program.CallParameterBase);
        if (mine < 0 || theirs < 0) throw i.Error("a kernel's parameter cannot be passed on as it is");
        d.Emit(into ? new CopyParameter(theirs, mine, variable.Bytes) : new CopyParameter(mine, theirs, variable.Bytes));
    }

    private static void Barrier(FunctionDecoder d, Instruction i)
    {
        Modifiers.Allow(i, ".sync", ".arrive", ".red", ".aligned", ".cta", ".popc", ".and", ".or");
        bool reduces = i.Has(".red"), waits = !i.Has(".arrive");
        if (!reduces)
        {
            d.ExpectOperands(waits ? 1 : 2, 2);
            Slot? threads = i.Operands.Count > 1 ? d.Source(d.Operand(1), PtxType.U32) : null;
            d.Emit(new BarrierOp(d.Source(d.Operand(0), PtxType.U32), threads, waits, BarrierReduction.None, 0, 0, -1));
            return;
        }

        d.ExpectOperands(3, 4);
        BarrierReduction reduction = i.Has(".popc") ? BarrierReduction.Count : i.Has(".and") ? BarrierReduction.And : i.Has(".or")
            ? BarrierReduction.Or
            : throw i.Error("it needs .popc, .and or .or");
        (int value, uint flip) = d.Predicate(d.Operand(i.Operands.Count - 1));
        int result = reduction == BarrierReduction.Count ? d.Destination(d.Operand(0), PtxType.U32).Offset
            : d.PredicateResult(d.Operand(0));
        Slot? count = i.Operands.Count == 4 ? d.Source(d.Operand(2), PtxType.U32) : null;
        d.Emit(new BarrierOp(d.Source(d.Operand(1), PtxType.U32), count, true, reduction, value, flip, result));
    }
}
