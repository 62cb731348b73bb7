namespace AlexNetCuda.Ptx.Parsing;

/// <summary>Parses one .entry or .func: its head, and the statements of its body.</summary>
internal sealed class FunctionParser(TokenCursor cursor, Scope moduleScope, Dictionary<int, string> files)
{
    private readonly List<(NameOperand Operand, Scope Scope)> _names = [];
    private Function _function = null!;
    private Scope _scope = new(moduleScope);
    private SourceLine _source;

    public Function Parse()
    {
        bool isKernel = cursor.Next().Text == ".entry";
        int line = cursor.Line;
        List<Formal>? results = null;
        var early = new List<Register>();
        if (!isKernel && cursor.Peek.Is('(')) results = Formals(early);
        _function = new Function { Name = cursor.ExpectName("a function's name"), IsKernel = isKernel, Line = line };
        _function.Registers.AddRange(early);
        if (results is not null) _function.Results.AddRange(results);
        if (cursor.Peek.Is('(')) _function.Parameters.AddRange(Formals(_function.Registers));
        Attributes();
        if (cursor.Take(';')) return _function;
        _function.IsDefined = true;
        Body();
        foreach ((NameOperand operand, Scope scope) in _names) operand.Target = scope.FindLabel(operand.Name);
        return _function;
    }

    private List<Formal> Formals(List<Register> registers)
    {
        var formals = new List<Formal>();
        cursor.Expect('(');
        if (cursor.Take(')')) return formals;
        do
        {
            if (cursor.Take(".reg"))
            {
                PtxType type = RegisterType();
                string name = cursor.ExpectName("a register's name");
                _scope.DeclareRegister(name, type, registers, cursor.Line);
                formals.Add(new Formal(null, registers[^1]));
            }
            else if (cursor.Take(".param"))
            {
                Variable variable = VariableParser.Parse(cursor, StateSpace.Parameter, false);
                _scope.DeclareVariable(variable);
                formals.Add(new Formal(variable, null));
            }
            else
            {
                throw cursor.Error($"expected .param or .reg, found {cursor.Peek}");
            }
        }
        while (cursor.Take(','));
        cursor.Expect(')');
        return formals;
    }

    private void Attributes()
    {
        while (cursor.Peek.Kind == TokenKind.Dotted)
        {
            Token token = cursor.Next();
            switch (token.Text)
            {
                case ".maxntid": _function.MaximumThreads = Extents(); break;
                case ".reqntid": _function.RequiredThreads = Extents(); break;
                case ".minnctapersm" or ".maxnctapersm" or ".maxnreg": cursor.ExpectCount("a number"); break;
                case ".noreturn": break;
                case ".pragma":
                    cursor.Expect(TokenKind.Text, "a pragma's text");
                    cursor.Expect(';');
                    break;
                default: throw new PtxParseException(token.Line, $"the directive '{token.Text}' is not supported on a function");
            }
        }
    }

    private int[] Extents()
    {
        int[] extents = [cursor.ExpectCount("a number of threads"), 1, 1];
        for (int i = 1; i < 3 && cursor.Take(','); i++) extents[i] = cursor.ExpectCount("a number of threads");
        return extents;
    }

    private void Body()
    {
        int open = cursor.Line;
        cursor.Expect('{');
        for (int depth = 1; depth > 0;)
        {
            if (cursor.AtEnd) throw new PtxParseException(open, $"the body of '{_function.Name}' is not closed");
            if (cursor.Take('{'))
            {
                _scope = new Scope(_scope);
                depth++;
            }
            else if (cursor.Take('}'))
            {
                _scope = _scope.Parent!;
                depth--;
            }
            else if (cursor.Peek.Kind == TokenKind.Dotted)
            {
                Directive();
            }
            else if (cursor.Peek.Kind == TokenKind.Name && cursor.PeekSecond.Is(':'))
            {
                Label();
            }
            else if (!cursor.Take(';'))
            {
                _function.Body.Add(InstructionStatement());
            }
        }
    }

    private void Label()
    {
        Token name = cursor.Next();
        cursor.Expect(':');
        if (cursor.Take(".branchtargets"))
        {
            var targets = new List<NameOperand>();
            do targets.Add(Name(cursor.ExpectName("a label")));
            while (cursor.Take(','));
            cursor.Expect(';');
            if (!_function.Tables.TryAdd(name.Text, [.. targets]))
                throw new PtxParseException(name.Line, $"table '{name.Text}' is defined twice");
        }
        else if (cursor.Peek.Kind == TokenKind.Dotted && cursor.Peek.Text is ".callprototype" or ".calltargets")
        {
            throw cursor.Error($"{cursor.Peek}: calls through pointers are not supported");
        }
        else
        {
            _scope.DeclareLabel(name.Text, _function.Body.Count, name.Line);
        }
    }

    private NameOperand Name(string text)
    {
        var operand = new NameOperand(text);
        _names.Add((operand, _scope));
        return operand;
    }

    private PtxType RegisterType()
    {
        Token token = cursor.Expect(TokenKind.Dotted, "a register's type");
        return PtxType.TryParse(token.Text, out PtxType type)
            ? type
            : throw new PtxParseException(token.Line, $"registers of type '{token.Text}' are not supported");
    }

    private void Directive()
    {
        Token token = cursor.Peek;
        switch (token.Text)
        {
            case ".reg":
                cursor.Next();
                Registers();
                break;
            case ".loc":
                cursor.Next();
                _source = new SourceLine(cursor.ExpectCount("a file's number"), cursor.ExpectCount("a line"));
                cursor.SkipLine(token.Line);
                break;
            case ".file":
                cursor.Next();
                int index = cursor.ExpectCount("a file's number");
                files[index] = cursor.Expect(TokenKind.Text, "a file's name").Text;
                cursor.SkipLine(token.Line);
                break;
            case ".pragma":
                cursor.Next();
                cursor.Expect(TokenKind.Text, "a pragma's text");
                cursor.Expect(';');
                break;
            default:
                bool isExtern = cursor.Take(".extern");
                if (!VariableParser.TryTakeSpace(cursor, out StateSpace space))
                    throw cursor.Error($"the directive '{token.Text}' is not supported in a body");
                do
                {
                    Variable variable = VariableParser.Parse(cursor, space, isExtern);
                    _scope.DeclareVariable(variable);
                    _function.Variables.Add(variable);
                }
                while (cursor.Take(','));
                cursor.Expect(';');
                break;
        }
    }

    private void Registers()
    {
        PtxType type = RegisterType();
        do
        {
            int line = cursor.Line;
            string name = cursor.ExpectName("a register's name");
            if (cursor.Take('<'))
            {
                _scope.DeclareRange(name, type, cursor.ExpectCount("a number of registers"), line);
                cursor.Expect('>');
            }
            else
            {
                _scope.DeclareRegister(name, type, _function.Registers, line);
            }
        }
        while (cursor.Take(','));
        cursor.Expect(';');
    }

    private Instruction InstructionStatement()
    {
        Register? guard = null;
        bool negated = false;
        int line = cursor.Line;
        if (cursor.Take('@'))
        {
            negated = cursor.Take('!');
            string name = cursor.ExpectName("a predicate");
            guard = _scope.FindRegister(name, _function.Registers);
            if (guard is null || guard.Type.Kind != PtxTypeKind.Predicate)
                throw new PtxParseException(line, $"'{name}' is not a predicate");
        }

        Token opcode = cursor.Expect(TokenKind.Name, "an instruction");
        line = opcode.Line;
        var modifiers = new List<string>();
        while (cursor.Peek.Kind == TokenKind.Dotted) modifiers.Add(cursor.Next().Text);
        var operands = new List<Operand>();
        var reader = new OperandParser(cursor, _scope, _function.Registers, Name);
        if (!cursor.Peek.Is(';'))
        {
            do operands.Add(reader.Parse());
            while (cursor.Take(','));
        }

        if (!cursor.Peek.Is(';'))
            throw new PtxParseException(line, $"expected ';' after the operands, found {cursor.Peek}",
                opcode.Text + string.Concat(modifiers));
        cursor.Expect(';');
        return new Instruction
        {
            Opcode = opcode.Text,
            Modifiers = [.. modifiers],
            Line = line,
            Source = _source,
            Guard = guard,
            GuardNegated = negated,
            Operands = operands,
        };
    }
}
