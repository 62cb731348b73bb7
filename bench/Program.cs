using AlexNetCuda.Bench;
using AlexNetCuda.Bench.Comparison;

return args is ["compare", .. string[] rest] ? PeerComparison.Run(rest, Console.Out, Console.Error) : BenchApplication.Run(args, Console.Out, Console.Error);
