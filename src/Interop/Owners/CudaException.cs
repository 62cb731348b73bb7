using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Interop.Blas;
using AlexNetCuda.Interop.Dnn;
using AlexNetCuda.Interop.Driver;

namespace AlexNetCuda.Interop.Owners;

/// <summary>A call of a CUDA library failed.</summary>
public sealed class CudaException : Exception
{
    /// <summary>Makes the exception of a call's status.</summary>
    /// <param name="function">The exported name of the function that was called.</param>
    /// <param name="status">The status it gave.</param>
    /// <param name="statusName">The status's name in the header.</param>
    /// <param name="text">What the library says the status means, or an empty text.</param>
    /// <param name="doing">What was being done, as "allocating 16 bytes".</param>
    public CudaException(string function, int status, string statusName, string text, string doing)
        : base($"{function} gave {status} ({statusName}{(text.Length == 0 ? "" : ": ")}{text}) when {doing}.")
    {
        Function = function;
        Status = status;
        StatusName = statusName;
    }

    /// <summary>The exported name of the function that was called.</summary>
    public string Function { get; }

    /// <summary>The status it gave; cuDNN's in the numbers of cuDNN 9.</summary>
    public int Status { get; }

    /// <summary>The status's name in the header, as CUDA_ERROR_OUT_OF_MEMORY.</summary>
    public string StatusName { get; }
}

/// <summary>Turns a status that is no success into an exception. A success costs a comparison: nothing is allocated or formatted.</summary>
public static unsafe class CudaChecks
{
    /// <summary>Throws where a call of the driver failed.</summary>
    /// <param name="driver">The driver, which knows its statuses' names.</param>
    /// <param name="status">What the call gave.</param>
    /// <param name="function">The function's exported name.</param>
    /// <param name="doing">What was being done, as "allocating 16 bytes".</param>
    /// <exception cref="CudaException">The call failed.</exception>
    public static void Check(this ICudaDriver driver, CUresult status, string function, string doing)
    {
        if (status != CUresult.Success)
        {
            throw Failed(driver, status, function, doing);
        }
    }

    /// <inheritdoc cref="Check(ICudaDriver, CUresult, string, string)"/>
    public static void Check(this ICudaDriver driver, CUresult status, string function, [InterpolatedStringHandlerArgument(nameof(status))] ref FailureText doing)
    {
        if (status != CUresult.Success)
        {
            throw Failed(driver, status, function, doing.ToString());
        }
    }

    /// <summary>Throws where a call of cuBLAS failed.</summary>
    /// <param name="blas">The library, which knows what its statuses mean.</param>
    /// <param name="status">What the call gave.</param>
    /// <param name="function">The function's exported name.</param>
    /// <param name="doing">What was being done.</param>
    /// <exception cref="CudaException">The call failed.</exception>
    public static void Check(this ICublas blas, CublasStatus status, string function, string doing)
    {
        if (status != CublasStatus.Success)
        {
            throw new CudaException(function, (int)status, Name(status), Text(blas.GetStatusString(status)), doing);
        }
    }

    /// <inheritdoc cref="Check(ICublas, CublasStatus, string, string)"/>
    public static void Check(this ICublas blas, CublasStatus status, string function, [InterpolatedStringHandlerArgument(nameof(status))] ref FailureText doing)
    {
        if (status != CublasStatus.Success)
        {
            Check(blas, status, function, doing.ToString());
        }
    }

    /// <summary>Throws where a call of cublasLt failed.</summary>
    /// <param name="blas">The library, which knows what its statuses mean.</param>
    /// <param name="status">What the call gave.</param>
    /// <param name="function">The function's exported name.</param>
    /// <param name="doing">What was being done.</param>
    /// <exception cref="CudaException">The call failed.</exception>
    public static void Check(this ICublasLt blas, CublasStatus status, string function, string doing)
    {
        if (status != CublasStatus.Success)
        {
            throw new CudaException(function, (int)status, Name(status), Text(blas.GetStatusString(status)), doing);
        }
    }

    /// <inheritdoc cref="Check(ICublasLt, CublasStatus, string, string)"/>
    public static void Check(this ICublasLt blas, CublasStatus status, string function, [InterpolatedStringHandlerArgument(nameof(status))] ref FailureText doing)
    {
        if (status != CublasStatus.Success)
        {
            Check(blas, status, function, doing.ToString());
        }
    }

    /// <summary>Throws where a call of cuDNN failed; the message has what cuDNN 9 says of the calling thread's last failure.</summary>
    /// <param name="dnn">The library, which knows its statuses' names.</param>
    /// <param name="status">What the call gave.</param>
    /// <param name="function">The function's exported name.</param>
    /// <param name="doing">What was being done.</param>
    /// <exception cref="CudaException">The call failed.</exception>
    public static void Check(this ICudnn dnn, CudnnStatus status, string function, string doing)
    {
        if (status != CudnnStatus.Success)
        {
            const int Room = 1024;
            var last = stackalloc byte[Room];
            *last = 0;
            dnn.GetLastErrorString(last, Room);
            throw new CudaException(function, (int)status, Text(dnn.GetErrorString(status)), Text(last), doing);
        }
    }

    /// <inheritdoc cref="Check(ICudnn, CudnnStatus, string, string)"/>
    public static void Check(this ICudnn dnn, CudnnStatus status, string function, [InterpolatedStringHandlerArgument(nameof(status))] ref FailureText doing)
    {
        if (status != CudnnStatus.Success)
        {
            Check(dnn, status, function, doing.ToString());
        }
    }

    /// <summary>
    /// Whether a status says that the context is gone or lost, and with it everything it held: the driver has shut down at the end of the
    /// process, the context was destroyed, or a fault has made it unusable. What could not be destroyed for that reason needs no destroying.
    /// </summary>
    public static bool IsContextLost(this CUresult status) => status is
        CUresult.ErrorDeinitialized or CUresult.ErrorContextIsDestroyed or CUresult.ErrorEccUncorrectable or CUresult.ErrorNvlinkUncorrectable
        or CUresult.ErrorIllegalAddress or CUresult.ErrorLaunchTimeout or CUresult.ErrorAssert or CUresult.ErrorHardwareStackError
        or CUresult.ErrorIllegalInstruction or CUresult.ErrorMisalignedAddress or CUresult.ErrorInvalidAddressSpace or CUresult.ErrorInvalidPc
        or CUresult.ErrorLaunchFailed;

    private static CudaException Failed(ICudaDriver driver, CUresult status, string function, string doing)
    {
        byte* name = null, text = null;
        return driver.GetErrorName(status, &name) == CUresult.Success && driver.GetErrorString(status, &text) == CUresult.Success
            ? new CudaException(function, (int)status, Text(name), Text(text), doing)
            : new CudaException(function, (int)status, status.ToString(), "", doing);
    }

    // The member's name is the constant's, but for underscores and case.
    private static string Name(CublasStatus status) =>
        "CUBLAS_STATUS" + string.Concat(status.ToString().Select(letter => char.IsAsciiLetterUpper(letter) ? $"_{letter}" : letter.ToString().ToUpperInvariant()));

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}

/// <summary>What was being done when a call failed: written only where it did.</summary>
[InterpolatedStringHandler]
public ref struct FailureText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Made by the compiler ahead of a check.</summary>
    public FailureText(int literalLength, int formattedCount, CUresult status, out bool failed)
        : this(literalLength, formattedCount, (int)status, out failed)
    {
    }

    /// <summary>Made by the compiler ahead of a check.</summary>
    public FailureText(int literalLength, int formattedCount, CublasStatus status, out bool failed)
        : this(literalLength, formattedCount, (int)status, out failed)
    {
    }

    /// <summary>Made by the compiler ahead of a check.</summary>
    public FailureText(int literalLength, int formattedCount, CudnnStatus status, out bool failed)
        : this(literalLength, formattedCount, (int)status, out failed)
    {
    }

    private FailureText(int literalLength, int formattedCount, int status, out bool failed)
    {
        failed = status != 0;
        if (failed)
        {
            _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Adds fixed text.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Adds a value.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>The text.</summary>
    public override string ToString() => _text.ToStringAndClear();
}
