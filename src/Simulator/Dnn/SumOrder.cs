namespace AlexNetCuda.Simulator.Dnn;

/// <summary>
/// In which order the products of one output are summed: in pieces, each summed from its first to its last and then added to
/// the total. Algorithms differ in the pieces; where the real algorithm adds with atomics, the pieces come in an order that
/// changes from run to run.
/// </summary>
/// <param name="Piece">Products a piece; 0: a sixteenth of all, so that small sums too have pieces to shuffle.</param>
/// <param name="Shuffle">Draws the order; null for the natural one.</param>
internal readonly record struct SumOrder(int Piece, ulong? Shuffle)
{
    private const int LongestPiece = 512;

    internal static SumOrder Of(Direction direction, int algorithm, ulong? shuffle)
    {
        if (!AlgorithmTables.IsDeterministic(direction, algorithm)) return new SumOrder(0, shuffle);
        int piece = AlgorithmTables.MethodOf(direction, algorithm) switch
        {
            Method.General => LongestPiece,
            Method.Precomputed => 256,
            Method.Gemm => 384,
            Method.Fft => 64,
            Method.FftTiling => 96,
            Method.Winograd => 36,
            _ => 128,
        };
        return new SumOrder(piece, null);
    }

    /// <summary>The pieces of so many products, in the order in which they are added.</summary>
    internal (int First, int Last)[] Pieces(int products)
    {
        int piece = Piece > 0 ? Piece : Math.Clamp((products + 15) / 16, 1, LongestPiece);
        var pieces = new (int First, int Last)[(products + piece - 1) / piece];
        for (var i = 0; i < pieces.Length; i++) pieces[i] = (i * piece, Math.Min(products, (i + 1) * piece));
        if (Shuffle is not { } seed) return pieces;
        for (int i = pieces.Length - 1; i > 0; i--)
        {
            var other = (int)(AlgorithmCosts.Mix(seed, (ulong)i) % (ulong)(i + 1));
            (pieces[i], pieces[other]) = (pieces[other], pieces[i]);
        }

        return pieces;
    }
}
