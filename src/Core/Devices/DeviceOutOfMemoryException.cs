namespace AlexNetCuda.Devices;

/// <summary>A device has not enough memory left.</summary>
public sealed class DeviceOutOfMemoryException : Exception
{
    /// <summary>An exception without a message.</summary>
    public DeviceOutOfMemoryException() { }

    /// <summary>An exception with a message.</summary>
    public DeviceOutOfMemoryException(string message) : base(message) { }

    /// <summary>An exception with a message and its cause.</summary>
    public DeviceOutOfMemoryException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>An exception for an allocation that failed.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="bytes">The bytes that were asked for.</param>
    /// <param name="innerException">The cause.</param>
    public DeviceOutOfMemoryException(string device, long bytes, Exception? innerException = null)
        : base(FormattableString.Invariant($"Device '{device}' has not {bytes / 1048576.0:f1} MiB of memory left. Use a smaller batch or input size."), innerException) { }
}
