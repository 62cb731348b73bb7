using System.Globalization;

namespace AlexNetCuda.Bench.Comparison;

/// <summary>What a row's pairs showed.</summary>
/// <param name="Row">The row.</param>
/// <param name="Peer">The fastest peer's name.</param>
/// <param name="Ours">The median of our steps in each pair, in milliseconds.</param>
/// <param name="Peers">Likewise the peer's.</param>
internal sealed record PeerResult(PeerRow Row, string Peer, double[] Ours, double[] Peers)
{
    private double[] Ratios => [.. Ours.Zip(Peers, (ours, peer) => peer / ours).Order()];

    /// <summary>The table's first two lines.</summary>
    public static string Heading =>
        "| network | pass | batch | fastest peer | peer ms | ours ms | times as fast (median of pairs) | least, most of pairs |\n|---|---|---:|---|---:|---:|---:|---:|";

    /// <summary>The row of the table.</summary>
    public override string ToString()
    {
        double[] ratios = Ratios;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {Row.Network} | {Row.Pass} | {Row.Batch} | {Peer} | {Median(Peers):F1} | {Median(Ours):F1} | **{Median(ratios):F2}** | {ratios[0]:F2}, {ratios[^1]:F2} |");
    }

    /// <summary>The middle one of some values.</summary>
    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
