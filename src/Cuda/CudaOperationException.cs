using AlexNetCuda.Interop.Owners;

namespace AlexNetCuda.Cuda;

/// <summary>A call of a CUDA library failed while an operator was put into the stream, or ran: the message names layer, operator, function and status.</summary>
public sealed class CudaOperationException : Exception
{
    /// <summary>An exception without a message.</summary>
    public CudaOperationException() { }

    /// <summary>An exception with a message.</summary>
    public CudaOperationException(string message) : base(message) { }

    /// <summary>An exception with a message and its cause.</summary>
    public CudaOperationException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>An exception for a call that failed.</summary>
    /// <param name="operation">The pass, the layer and the algorithm.</param>
    /// <param name="cause">The call.</param>
    public CudaOperationException(string operation, CudaException cause) : base($"{operation}: {cause?.Message}", cause) { }
}
