using AlexNetCuda.Ptx.Execution;
using AlexNetCuda.Ptx.Parsing;

namespace AlexNetCuda.Ptx.Checking;

/// <summary>Collects the reports of one launch: one for each kind and instruction, with how often it came.</summary>
internal sealed class ReportLog(Launch launch)
{
    private readonly List<Report> _reports = [];
    private readonly Dictionary<(ReportKind, Op), Report?> _seen = [];

    public List<Report> ToList() => [.. _reports];

    public void Add(Warp warp, int lane, ReportKind kind, string detail, ulong address, string? allocation)
    {
        var key = (kind, warp.Current);
        if (_seen.TryGetValue(key, out Report? known))
        {
            if (known is not null) known.Count++;
            return;
        }

        bool kept = _reports.Count < launch.Options.MaximumReports;
        Report? report = kept ? Make(warp, lane, kind, detail, address, allocation) : null;
        _seen.Add(key, report);
        if (report is not null) _reports.Add(report);
    }

    public Report Make(Warp warp, int lane, ReportKind kind, string detail, ulong address, string? allocation)
    {
        Instruction source = warp.Current.Source;
        return new Report
        {
            Kind = kind,
            Kernel = launch.Program.Name,
            Detail = detail,
            Instruction = source.Text,
            PtxLine = source.Line,
            SourceFile = launch.Program.Files.GetValueOrDefault(source.Source.File),
            SourceLine = source.Source.Line,
            Block = warp.Block.Index,
            Thread = Extent3.Unflatten(warp.Thread(lane), launch.Configuration.Block),
            Address = address,
            Allocation = allocation,
        };
    }
}
