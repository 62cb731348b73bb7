using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Decoding;

/// <summary>Reads an instruction's modifiers: types, state space, rounding.</summary>
internal static class Modifiers
{
    public static PtxType[] Types(Instruction instruction)
    {
        var types = new List<PtxType>();
        foreach (string modifier in instruction.Modifiers)
            if (PtxType.TryParse(modifier, out PtxType type)) types.Add(type);
        return [.. types];
    }

    public static PtxType OnlyType(Instruction instruction) =>
        Types(instruction) is [var type] ? type : throw instruction.Error("it needs exactly one type");

    /// <summary>Refuses modifiers other than types and those given: a modifier that means nothing here is not passed over.</summary>
    public static void Allow(Instruction instruction, params ReadOnlySpan<string> allowed)
    {
        foreach (string modifier in instruction.Modifiers)
            if (!PtxType.TryParse(modifier, out _) && !allowed.Contains(modifier))
                throw instruction.Error($"the modifier '{modifier}' is not supported");
    }

    public static StateSpace Space(Instruction instruction)
    {
        foreach (string modifier in instruction.Modifiers)
        {
            switch (modifier)
            {
                case ".global": return StateSpace.Global;
                case ".shared" or ".shared::cta": return StateSpace.Shared;
                case ".local": return StateSpace.Local;
                case ".const": return StateSpace.Constant;
                case ".param" or ".param::entry" or ".param::func": return StateSpace.Parameter;
            }
        }

        return StateSpace.Generic;
    }

    /// <summary>.rn, .rz, .rm or .rp; nearest when none is written.</summary>
    public static Rounding RoundingMode(Instruction instruction) =>
        instruction.Has(".rz") ? Rounding.Zero : instruction.Has(".rm") ? Rounding.Down : instruction.Has(".rp") ? Rounding.Up
            : Rounding.Nearest;
}
