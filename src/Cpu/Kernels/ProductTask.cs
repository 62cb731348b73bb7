namespace AlexNetCuda.Cpu;

/// <summary>destination = source times weights, plus biases: the forward pass of a convolution or a fully connected layer, or the gradient of its input, whatever the algorithm.</summary>
internal abstract unsafe class ProductTask : TeamTask
{
    private protected float* _source, _weights, _bias, _output, _scratch;

    /// <summary>Bytes of scratch memory, of all threads together.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>Gives the task its tensors and the scratch memory of all threads.</summary>
    /// <param name="source">The tensor that is read.</param>
    /// <param name="weights">The weights, in the task's format.</param>
    /// <param name="bias">The biases, or null.</param>
    /// <param name="output">The tensor that is written.</param>
    /// <param name="scratch">Scratch memory; null where the task needs none.</param>
    public void Bind(float* source, float* weights, float* bias, float* output, float* scratch = null)
    {
        _source = source;
        _weights = weights;
        _bias = bias;
        _output = output;
        _scratch = scratch;
    }

    /// <summary>Computes it.</summary>
    public abstract void Run(ThreadTeam team);
}
