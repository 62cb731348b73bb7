using System.Globalization;

namespace AlexNetCuda.Ptx.Parsing;

/// <summary>A module as parsed: variables, functions and what the directives at its head said.</summary>
internal sealed class ModuleSyntax
{
    public Version Version { get; set; } = new();
    public string Target { get; set; } = "";
    public List<Variable> Variables { get; } = [];
    public List<Function> Functions { get; } = [];
    public Dictionary<int, string> Files { get; } = [];

    public Function? FindFunction(string name) =>
        Functions.Find(f => f.Name == name && f.IsDefined) ?? Functions.Find(f => f.Name == name);
}

/// <summary>Parses what stands outside functions (PTX ISA, "Directives").</summary>
internal sealed class ModuleParser(TokenCursor cursor)
{
    private const long MaximumBytes = 1L << 30;
    private readonly ModuleSyntax _module = new();
    private readonly Scope _scope = new(null);
    private long _bytes;

    public static ModuleSyntax Parse(string text) => new ModuleParser(new TokenCursor(Lexer.Run(text))).Run();

    private ModuleSyntax Run()
    {
        Head();
        while (!cursor.AtEnd) Statement();
        return _module;
    }

    private void Head()
    {
        if (!cursor.Take(".version")) throw cursor.Error($"a module begins with .version, found {cursor.Peek}");
        Token version = cursor.Expect(TokenKind.Double, "a version such as 7.8");
        string[] parts = version.Text.Split('.');
        if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor))
            throw new PtxParseException(version.Line, $"'{version.Text}' is not a version");
        _module.Version = new Version(major, minor);
        if (_module.Version < new Version(6, 0) || _module.Version > new Version(8, 4))
            throw new PtxParseException(version.Line, $"PTX {version.Text} is not supported: 6.0 to 8.4 are");
    }

    private void Statement()
    {
        Token token = cursor.Peek;
        if (token.Kind != TokenKind.Dotted)
        {
            if (cursor.Take(';')) return;
            throw cursor.Error($"expected a directive, found {token}");
        }

        switch (token.Text)
        {
            case ".version":
                throw cursor.Error("a module has one .version");
            case ".target":
                cursor.Next();
                _module.Target = cursor.ExpectName("a target such as sm_60");
                if (!_module.Target.StartsWith("sm_", StringComparison.Ordinal)
                    && !_module.Target.StartsWith("compute_", StringComparison.Ordinal))
                    throw cursor.Error($"the target '{_module.Target}' is not a GPU's");
                while (cursor.Take(',')) cursor.ExpectName("an option of .target");
                break;
            case ".address_size":
                cursor.Next();
                if (cursor.ExpectCount("an address size") != 64)
                    throw new PtxParseException(token.Line, "only 64-bit addresses are supported");
                break;
            case ".file":
                FileDirective();
                break;
            case ".loc":
                cursor.SkipLine(cursor.Next().Line);
                break;
            case ".section":
                cursor.Next();
                if (cursor.Peek.Kind is TokenKind.Dotted or TokenKind.Name) cursor.Next();
                cursor.SkipBraces();
                break;
            case ".pragma":
                cursor.Next();
                cursor.Expect(TokenKind.Text, "a pragma's text");
                cursor.Expect(';');
                break;
            default:
                Declaration();
                break;
        }
    }

    private void FileDirective()
    {
        int line = cursor.Next().Line;
        int index = cursor.ExpectCount("a file's number");
        _module.Files[index] = cursor.Expect(TokenKind.Text, "a file's name").Text;
        cursor.SkipLine(line);
    }

    private void Declaration()
    {
        bool isExtern = false;
        while (true)
        {
            if (cursor.Take(".extern")) isExtern = true;
            else if (!cursor.Take(".visible") && !cursor.Take(".weak") && !cursor.Take(".common")) break;
        }

        if (cursor.Peek.Text is ".entry" or ".func" && cursor.Peek.Kind == TokenKind.Dotted)
        {
            Function function = new FunctionParser(cursor, _scope, _module.Files).Parse();
            if (function.IsDefined && _module.Functions.Exists(f => f.Name == function.Name && f.IsDefined))
                throw new PtxParseException(function.Line, $"function '{function.Name}' is defined twice");
            _module.Functions.Add(function);
        }
        else if (VariableParser.TryTakeSpace(cursor, out StateSpace space))
        {
            if (space is StateSpace.Local or StateSpace.Parameter) throw cursor.Error("such a variable stands inside a function");
            do
            {
                Variable variable = VariableParser.Parse(cursor, space, isExtern);
                _scope.DeclareVariable(variable);
                _module.Variables.Add(variable);
                _bytes += variable.Bytes;
                if (_bytes > MaximumBytes) throw cursor.Error($"the variables have more than {MaximumBytes} bytes together");
            }
            while (cursor.Take(','));
            cursor.Expect(';');
        }
        else
        {
            throw cursor.Error($"the directive {cursor.Peek} is not supported here");
        }
    }
}
