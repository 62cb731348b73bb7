using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Simulator.Core;

namespace AlexNetCuda.Simulator.Blas;

/// <summary>Memory that a library may use as it likes.</summary>
/// <param name="Address">Its device address.</param>
/// <param name="Bytes">Its size; 0: none.</param>
internal readonly record struct Workspace(ulong Address, long Bytes);

/// <summary>A product on its way into a stream.</summary>
/// <param name="library">The library it is of.</param>
/// <param name="function">The exported function that asked for it.</param>
/// <param name="product">What is computed.</param>
/// <param name="workspace">What the algorithm writes over.</param>
internal sealed class ProductLaunch(BlasLibrary library, string function, MatrixProduct product, Workspace workspace)
{
    private readonly ISimulatorCore _core = library.Core;
    private long _runs;

    /// <summary>Number of the call, where sums are in a drawn order; null where they are in the natural one.</summary>
    internal int? Draw { get; init; }

    /// <summary>What the bias's address has to be aligned to, in bytes.</summary>
    internal int BiasAlignment { get; init; } = 1;

    /// <summary>
    /// Checks what the real library does not look at, and gives the product to a stream. What is wrong with an address is noted
    /// now, and shows as on the GPU: as a fault, when the work's turn comes.
    /// </summary>
    internal CublasStatus Submit(CUstream stream)
    {
        bool aligned = true;
        List<MemoryUse> uses = [];
        foreach ((Matrix matrix, bool reads, bool writes) in Operands())
        {
            uses.Add(matrix.Use(reads, writes));
            if (!matrix.IsAligned)
            {
                aligned = false;
                _core.Report($"{function}: {matrix.Operand} is not aligned to its elements of {matrix.Kind}");
            }
            else if (matrix == product.Bias && matrix.Address % (ulong)BiasAlignment != 0)
            {
                aligned = false;
                _core.Report($"{function}: the bias is not aligned to the {BiasAlignment} bytes that tensor cores' kernels read at a time");
            }

            if (!_core.Holds(matrix.Address, matrix.Bytes))
            {
                _core.Report(
                    $"{function}: {matrix.Operand} ({matrix.Rows} x {matrix.Columns}, leading dimension {matrix.LeadingDimension}, "
                    + $"{matrix.Kind}) is not in live device memory");
            }
        }

        if (workspace.Bytes > 0)
        {
            foreach (MemoryUse use in uses)
            {
                if (use.Bytes > 0
                    && use.Address < workspace.Address + (ulong)workspace.Bytes
                    && workspace.Address < use.Address + (ulong)use.Bytes)
                {
                    _core.Report($"{function}: the workspace overlaps {use.Operand}");
                }
            }

            uses.Add(new MemoryUse(workspace.Address, workspace.Bytes, Reads: true, Writes: true, "workspace"));
            if (!_core.Holds(workspace.Address, workspace.Bytes)) _core.Report($"{function}: the workspace is not in live device memory");
        }

        ReportOverlaps();
        CUresult result = _core.Submit(stream, new Work(function, uses, memory =>
        {
            if (!aligned) throw new DeviceFaultException(CUresult.ErrorMisalignedAddress, $"{function} reads or writes between elements");
            if (workspace.Bytes > 0) memory.Fill(workspace.Address, _core.Options.Poison ? byte.MaxValue : (byte)0, workspace.Bytes);
            SumPart[] order = Draw is { } call
                ? SumOrder.Drawn(product.K, _core.Options.Seed, ((long)call << 32) + Interlocked.Increment(ref _runs))
                : SumOrder.Natural(product.K, product.Parts);
            product.Run(memory, order, _core.Options.Workers);
        }));
        return result == CUresult.Success ? CublasStatus.Success : CublasStatus.ExecutionFailed;
    }

    private IEnumerable<(Matrix Matrix, bool Reads, bool Writes)> Operands()
    {
        if (product.ReadsFactors)
        {
            yield return (product.A, true, false);
            yield return (product.B, true, false);
        }

        bool inPlace = product.ReadsC && product.C.IsSame(product.D);
        if (product.ReadsC && !inPlace) yield return (product.C, true, false);
        if (product.Bias is { } bias) yield return (bias, true, false);
        yield return (product.D, inPlace, true);
    }

    private void ReportOverlaps()
    {
        foreach ((Matrix matrix, _, bool writes) in Operands())
        {
            if (!writes && matrix.Overlaps(product.D)) _core.Report($"{function}: {product.D.Operand} overlaps {matrix.Operand}");
        }
    }
}
