using System.Globalization;

namespace AlexNetCuda.Ptx.Parsing;

/// <summary>The names visible inside a pair of braces: registers, variables and labels, then those of the scope around it.</summary>
internal sealed class Scope(Scope? parent)
{
    private readonly Dictionary<string, Register> _registers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (PtxType Type, int Count)> _ranges = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _labels = new(StringComparer.Ordinal);

    public Scope? Parent => parent;

    public void DeclareRegister(string name, PtxType type, List<Register> registers, int line)
    {
        var register = new Register(name, type, registers.Count);
        if (!_registers.TryAdd(name, register)) throw new PtxParseException(line, $"register '{name}' is declared twice");
        registers.Add(register);
    }

    /// <summary>%r&lt;n&gt; declares %r0 to %r(n-1); they are made when first named, so that a huge n costs nothing.</summary>
    public void DeclareRange(string prefix, PtxType type, int count, int line)
    {
        if (!_ranges.TryAdd(prefix, (type, count))) throw new PtxParseException(line, $"registers '{prefix}' are declared twice");
    }

    public void DeclareVariable(Variable variable)
    {
        if (!_variables.TryAdd(variable.Name, variable))
            throw new PtxParseException(variable.Line, $"variable '{variable.Name}' is declared twice");
    }

    public void DeclareLabel(string name, int target, int line)
    {
        if (!_labels.TryAdd(name, target)) throw new PtxParseException(line, $"label '{name}' is defined twice");
    }

    public Register? FindRegister(string name, List<Register> registers)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._registers.TryGetValue(name, out Register? register)) return register;
            int digits = name.Length;
            while (digits > 0 && char.IsAsciiDigit(name[digits - 1])) digits--;
            // A prefix may itself end in digits, so every split is tried.
            for (int split = digits; split < name.Length; split++)
            {
                if (!scope._ranges.TryGetValue(name[..split], out var range)) continue;
                if (!int.TryParse(name.AsSpan(split), NumberStyles.None, CultureInfo.InvariantCulture, out int index)) continue;
                if (index >= range.Count || (name[split] == '0' && split + 1 < name.Length)) continue;
                register = new Register(name, range.Type, registers.Count);
                scope._registers.Add(name, register);
                registers.Add(register);
                return register;
            }
        }

        return null;
    }

    public Variable? FindVariable(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
            if (scope._variables.TryGetValue(name, out Variable? variable)) return variable;
        return null;
    }

    public int FindLabel(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
            if (scope._labels.TryGetValue(name, out int target)) return target;
        return -1;
    }
}
