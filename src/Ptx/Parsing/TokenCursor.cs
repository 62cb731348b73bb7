namespace AlexNetCuda.Ptx.Parsing;

/// <summary>Walks the tokens of a module and says what was expected where something else stands.</summary>
internal sealed class TokenCursor(List<Token> tokens)
{
    private int _next;

    public Token Peek => tokens[_next];

    public Token PeekSecond => tokens[Math.Min(_next + 1, tokens.Count - 1)];

    public int Line => Peek.Line;

    public bool AtEnd => Peek.Kind == TokenKind.End;

    public Token Next()
    {
        Token token = tokens[_next];
        if (token.Kind != TokenKind.End) _next++;
        return token;
    }

    public bool Take(char symbol)
    {
        if (!Peek.Is(symbol)) return false;
        _next++;
        return true;
    }

    public bool Take(string dotted)
    {
        if (Peek.Kind != TokenKind.Dotted || Peek.Text != dotted) return false;
        _next++;
        return true;
    }

    public void Expect(char symbol)
    {
        if (!Take(symbol)) throw new PtxParseException(Line, $"expected '{symbol}', found {Peek}");
    }

    public string ExpectName(string what) =>
        Peek.Kind == TokenKind.Name ? Next().Text : throw new PtxParseException(Line, $"expected {what}, found {Peek}");

    public Token Expect(TokenKind kind, string what) =>
        Peek.Kind == kind ? Next() : throw new PtxParseException(Line, $"expected {what}, found {Peek}");

    /// <summary>An integer that fits the engine's sizes: variables, alignments, counts.</summary>
    public int ExpectCount(string what)
    {
        Token token = Expect(TokenKind.Integer, what);
        return token.Bits <= int.MaxValue
            ? (int)token.Bits
            : throw new PtxParseException(token.Line, $"{what} of {token.Text} is too large");
    }

    public PtxParseException Error(string reason) => new(Line, reason);

    /// <summary>Skips to the end of the line of the token just read: .loc and .file have no semicolon.</summary>
    public void SkipLine(int line)
    {
        while (!AtEnd && Peek.Line == line) _next++;
    }

    /// <summary>Skips {...} with what is inside: a .section of debugging data.</summary>
    public void SkipBraces()
    {
        int start = Line;
        Expect('{');
        for (int depth = 1; depth > 0;)
        {
            Token token = Next();
            if (token.Kind == TokenKind.End) throw new PtxParseException(start, "this '{' is not closed");
            if (token.Is('{')) depth++;
            if (token.Is('}')) depth--;
        }
    }
}
