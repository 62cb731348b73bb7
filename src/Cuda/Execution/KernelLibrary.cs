using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Cuda.Kernels;
using AlexNetCuda.Interop.Driver;
using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>The modules of kernels that are loaded: each at its first use, when an operator is compiled.</summary>
/// <param name="context">The context they are loaded into.</param>
/// <param name="images">Where their code comes from.</param>
/// <param name="architecture">The GPU's, as 80 for sm_80.</param>
internal sealed class KernelLibrary(CudaContext context, KernelImages images, int architecture) : IDisposable
{
    private readonly Dictionary<string, CudaModule> _modules = [];
    private readonly Dictionary<(string Module, string Kernel), CUfunction> _functions = [];

    /// <summary>The function of a launch.</summary>
    /// <exception cref="CudaException">The module does not load; the message has the log of the driver's compiler.</exception>
    internal CUfunction Find(KernelLaunch launch)
    {
        var key = (launch.Module, launch.Kernel);
        if (_functions.TryGetValue(key, out CUfunction known)) return known;
        if (!_modules.TryGetValue(launch.Module, out CudaModule? module))
            _modules[launch.Module] = module = CudaModule.Load(context, launch.Module, images.Get(launch.Module, architecture).Data);
        return _functions[key] = module.GetFunction(launch.Kernel);
    }

    public void Dispose()
    {
        var modules = new Stack<CudaModule>(_modules.Values);
        _modules.Clear();
        _functions.Clear();
        Disposal.All(modules);
    }
}
