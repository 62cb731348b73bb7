namespace AlexNetCuda.Cpu;

/// <summary>
/// Activations in blocks of 16 channels: [N][C / 16, rounded up][H * W][16]. Channels beyond C are 0, in values and in gradients: operators keep it so.
/// [N, features] is the same with H = W = 1: row-major, padded to a multiple of 16.
/// </summary>
/// <param name="Logical">[N, C, H, W] or [N, features].</param>
internal sealed record BlockedFormat(Shape Logical) : ImageFormat(Logical)
{
    public override string Layout => Logical.Rank == 4 ? "nchw16c" : "nc16";

    public int Blocks => (Logical.C + Tile.Block - 1) / Tile.Block;

    public int Pixels => Logical.H * Logical.W;

    public override long ImageFloats => (long)Blocks * Pixels * Tile.Block;

    public override long Floats => Logical.N * ImageFloats;

    public override int PixelStep => Tile.Block;

    public override long RowOffset(int channel, int row) =>
        ((((long)(channel / Tile.Block) * Pixels) + ((long)row * Logical.W)) * Tile.Block) + (channel % Tile.Block);
}
