using System.Globalization;
using AlexNetCuda.Diagnostics;

namespace AlexNetCuda.Bench.Comparison;

/// <summary>What a row's pairs showed.</summary>
/// <param name="Row">The row.</param>
/// <param name="Peer">The fastest peer's name.</param>
/// <param name="Ours">The median of our steps in each pair, in milliseconds.</param>
/// <param name="Peers">Likewise the peer's.</param>
internal sealed record PeerResult(PeerRow Row, string Peer, double[] Ours, double[] Peers)
{
    /// <summary>The table's first two lines.</summary>
    public static string Heading =>
        "| network | pass | batch | fastest peer | peer ms | ours ms | times as fast (median of pairs) | least, most of pairs |\n|---|---|---:|---|---:|---:|---:|---:|";

    /// <summary>The row of the table.</summary>
    public override string ToString()
    {
        var ratios = SampleStatistics.Of([.. Ours.Zip(Peers, (ours, peer) => peer / ours)]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {Row.Network} | {Row.Pass} | {Row.Batch} | {Peer} | {SampleStatistics.Of(Peers).Median:F1} | {SampleStatistics.Of(Ours).Median:F1} "
            + $"| **{ratios.Median:F2}** | {ratios.Minimum:F2}, {ratios.Maximum:F2} |");
    }
}
