namespace AlexNetCuda.Cpu;

/// <summary>destination = source times weights, plus biases: the forward pass of a convolution, or the gradient of its input, whatever the algorithm.</summary>
internal abstract unsafe class ProductTask : TeamTask
{
    /// <summary>Bytes of scratch memory, of all threads together.</summary>
    public abstract long ScratchBytes { get; }

    /// <summary>Gives the task its tensors and the scratch memory of all threads.</summary>
    /// <param name="source">The tensor that is read.</param>
    /// <param name="weights">The weights, in the task's format.</param>
    /// <param name="bias">The biases, or null.</param>
    /// <param name="output">The tensor that is written.</param>
    /// <param name="scratch">Scratch memory.</param>
    public abstract void Bind(float* source, float* weights, float* bias, float* output, float* scratch);

    /// <summary>Computes it.</summary>
    public abstract void Run(ThreadTeam team);
}
