using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>The shape of a product D = op(A) B with an epilogue, column-major: A is k x m and transposed, B k x n, D m x n.</summary>
/// <param name="M">Rows of D: outputs.</param>
/// <param name="N">Columns of D: images.</param>
/// <param name="K">Inputs.</param>
/// <param name="Relu">Whether negative results become 0, after the bias of the row is added.</param>
internal readonly record struct LtShape(int M, int N, int K, bool Relu);

/// <summary>A product of cublasLt that adds a bias to each row, and rectifies: the whole forward pass of a fully connected layer in one call.</summary>
internal sealed unsafe class LtProduct : IDisposable
{
    private const int MostTried = 8;

    private readonly CudaSession _session;
    private readonly CublasLtContext _lt;
    private readonly ulong _a, _b, _d;
    private readonly Stack<IDisposable> _descriptions = new();
    private readonly LtProductDescription _product;
    private readonly LtMatrixDescription _aLayout, _bLayout, _dLayout;
    private CublasLtMatmulAlgo _algorithm;

    private LtProduct(CudaSession session, CublasLtContext lt, LtShape shape, ulong a, ulong b, ulong bias, ulong d)
    {
        (_session, _lt, _a, _b, _d) = (session, lt, a, b, d);
        try
        {
            CudaDataType type = CudaSession.TypeOf(session.Storage);
            _product = Own(LtProductDescription.Create(lt.Api, session.ProductType, CudaDataType.R32F));
            _product.Set(CublasLtMatmulDescAttribute.TransA, (int)CublasOperation.T);
            _product.Set(CublasLtMatmulDescAttribute.Epilogue, (int)(shape.Relu ? CublasLtEpilogue.ReluBias : CublasLtEpilogue.Bias));
            _product.Set(CublasLtMatmulDescAttribute.BiasPointer, bias);
            _product.Set(CublasLtMatmulDescAttribute.BiasDataType, (int)type);
            _aLayout = Own(LtMatrixDescription.Create(lt.Api, type, shape.K, shape.M, shape.K));
            _bLayout = Own(LtMatrixDescription.Create(lt.Api, type, shape.K, shape.N, shape.K));
            _dLayout = Own(LtMatrixDescription.Create(lt.Api, type, shape.M, shape.N, shape.M));
            _algorithm = Choose();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The product, or null where cublasLt is absent or offers no algorithm: GemmEx and a kernel of our own do it then.</summary>
    /// <param name="session">The session.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="a">Device address of A.</param>
    /// <param name="b">Device address of B.</param>
    /// <param name="bias">Device address of M biases, in D's type.</param>
    /// <param name="d">Device address of D.</param>
    internal static LtProduct? TryCreate(CudaSession session, LtShape shape, ulong a, ulong b, ulong bias, ulong d)
    {
        if (session.BlasLt is not { } lt) return null;
        try
        {
            return new LtProduct(session, lt, shape, a, b, bias, d);
        }
        catch (CudaException e) when ((CublasStatus)e.Status is CublasStatus.NotSupported or CublasStatus.InvalidValue or CublasStatus.ArchMismatch)
        {
            return null; // this version, or this GPU, has no such product
        }
    }

    /// <summary>Enqueues the product.</summary>
    internal void Run()
    {
        float one = 1, zero = 0;
        fixed (CublasLtMatmulAlgo* algorithm = &_algorithm)
        {
            CublasStatus status = _lt.Api.Matmul(
                _lt.Handle, _product.Handle, &one, (void*)_a, _aLayout.Handle, (void*)_b, _bLayout.Handle, &zero, (void*)_d, _dLayout.Handle, (void*)_d, _dLayout.Handle,
                algorithm, (void*)_session.BlasWorkspace.Address, (nuint)_session.BlasWorkspace.Bytes, _session.Stream);
            _session.Check(status, "cublasLtMatmul", "multiplying for a fully connected layer");
            _session.Enqueued.LibraryCalls++;
        }
    }

    public void Dispose() => Disposal.All(_descriptions);

    /// <summary>
    /// The algorithm that is expected to be the fastest of those that work; where it may depend on times, the fastest of the first few when tried on the tensors themselves,
    /// in which nothing lies yet.
    /// </summary>
    private CublasLtMatmulAlgo Choose()
    {
        using LtPreference preference = LtPreference.Create(_lt.Api);
        preference.Set(CublasLtMatmulPreferenceAttribute.MaxWorkspaceBytes, (ulong)_session.BlasWorkspace.Bytes);
        int trials = _session.Options.Deterministic ? 0 : _session.Options.Trials, most = trials == 0 ? 1 : MostTried, returned = 0;
        CublasLtMatmulHeuristicResult* results = stackalloc CublasLtMatmulHeuristicResult[MostTried];
        CublasStatus status = _lt.Api.MatmulAlgoGetHeuristic(
            _lt.Handle, _product.Handle, _aLayout.Handle, _bLayout.Handle, _dLayout.Handle, _dLayout.Handle, preference.Handle, most, results, &returned);
        if (status == CublasStatus.Success) status = returned == 0 ? CublasStatus.NotSupported : results[0].State;
        _session.Check(status, "cublasLtMatmulAlgoGetHeuristic", "choosing an algorithm for a fully connected layer");
        return returned == 1 ? results[0].Algo : Fastest(new ReadOnlySpan<CublasLtMatmulHeuristicResult>(results, returned), trials);
    }

    private CublasLtMatmulAlgo Fastest(ReadOnlySpan<CublasLtMatmulHeuristicResult> candidates, int trials)
    {
        using var timer = new StreamTimer(_session);
        (CublasLtMatmulAlgo best, float least) = (candidates[0].Algo, float.PositiveInfinity);
        foreach (ref readonly CublasLtMatmulHeuristicResult candidate in candidates)
        {
            if (candidate.State != CublasStatus.Success) continue;
            _algorithm = candidate.Algo;
            Run(); // its kernel is loaded now
            float milliseconds = timer.Least(trials, Run);
            if (milliseconds < least) (best, least) = (candidate.Algo, milliseconds);
        }

        return best;
    }

    private T Own<T>(T description)
        where T : IDisposable
    {
        _descriptions.Push(description);
        return description;
    }
}
