namespace AlexNetCuda.Cpu;

/// <summary>The gradient of a convolution's weights, whatever the algorithm.</summary>
internal unsafe interface IFilterGradient
{
    /// <summary>Bytes of scratch memory, of all threads together.</summary>
    long ScratchBytes { get; }

    /// <summary>Gives the computation its tensors and scratch memory.</summary>
    void Bind(float* source, float* outputGradient, float* weightGradient, float* scratch);

    /// <summary>Computes the gradient.</summary>
    void Run(ThreadTeam team);
}
