namespace AlexNetCuda.Ptx.Checking;

/// <summary>What a GPU refuses to launch (CUDA C++ Programming Guide, "Technical Specifications per Compute Capability").</summary>
internal static class LaunchLimits
{
    private const int MaximumThreads = 1024;
    private const int MaximumParameterBytes = 4096;
    private const int MaximumLocalBytes = 512 * 1024;
    private const int MaximumConstantBytes = 64 * 1024;

    public static IReadOnlyList<Report> Check(KernelDeclaration kernel, Execution.Program program, LaunchConfiguration shape,
        MachineOptions options)
    {
        if ((options.Checks & Checks.Limits) == Checks.None) return [];
        var problems = new List<string>();
        (Extent3 grid, Extent3 block, int dynamic) = shape;
        if (grid.X < 1 || grid.Y < 1 || grid.Z < 1) problems.Add($"the grid {grid} is empty");
        if (grid.Y > 65535 || grid.Z > 65535) problems.Add($"the grid {grid} has more than 65535 blocks along y or z");
        if (block.X < 1 || block.Y < 1 || block.Z < 1) problems.Add($"the block {block} is empty");
        if (block.X > 1024 || block.Y > 1024 || block.Z > 64) problems.Add($"the block {block} exceeds (1024, 1024, 64)");
        if (block.Count > MaximumThreads) problems.Add($"{block.Count} threads a block, where {MaximumThreads} are the most");
        if (kernel.MaximumThreads is { } most && block.Count > most.Count)
            problems.Add($"{block.Count} threads a block, where the kernel's launch bounds say {most.Count}");
        if (kernel.RequiredThreads is { } required && block != required)
            problems.Add($"the block {block}, where the kernel requires {required}");
        if (dynamic < 0) problems.Add("less than no dynamic shared memory");
        if (program.StaticSharedBytes > 48 * 1024)
            problems.Add($"{program.StaticSharedBytes} bytes of static shared memory, where 48 KiB are the most");
        if (program.DynamicSharedOffset + (long)dynamic > options.SharedMemoryLimit && dynamic + program.StaticSharedBytes > 0)
            problems.Add($"{program.DynamicSharedOffset + (long)dynamic} bytes of shared memory, where {options.SharedMemoryLimit} are the most");
        if (kernel.ParameterBytes > MaximumParameterBytes)
            problems.Add($"{kernel.ParameterBytes} bytes of parameters, where {MaximumParameterBytes} are the most");
        if (program.LocalBytes > MaximumLocalBytes)
            problems.Add($"{program.LocalBytes} bytes of local memory a thread, where {MaximumLocalBytes} are the most");
        if (program.ConstantBytes > MaximumConstantBytes)
            problems.Add($"{program.ConstantBytes} bytes of .const memory, where {MaximumConstantBytes} are the most");
        return problems.ConvertAll(p => new Report { Kind = ReportKind.Limit, Kernel = kernel.Name, Detail = p });
    }

    /// <summary>What even this machine cannot do, checker or not.</summary>
    public static void RequireRunnable(LaunchConfiguration shape)
    {
        (Extent3 grid, Extent3 block, int dynamic) = shape;
        if (grid.X < 1 || grid.Y < 1 || grid.Z < 1 || block.X < 1 || block.Y < 1 || block.Z < 1 || dynamic < 0)
            throw new ArgumentException($"The shape of the launch is empty or negative: grid {grid}, block {block}, {dynamic} bytes of dynamic shared memory.", nameof(shape));
        if (block.Count > 65536) throw new ArgumentException($"A block of {block.Count} threads.", nameof(shape));
        if ((Int128)grid.X * grid.Y * grid.Z > long.MaxValue / 4) throw new ArgumentException($"A grid of {grid} blocks.", nameof(shape));
    }
}
