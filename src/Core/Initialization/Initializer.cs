namespace AlexNetCuda.Initialization;

/// <summary>What an initialiser is told of the parameter it fills.</summary>
/// <param name="Seed">The seed of the whole set of parameters.</param>
/// <param name="Parameter">The parameter.</param>
public readonly record struct InitializerContext(ulong Seed, ParameterInfo Parameter);

/// <summary>
/// Makes a parameter's first values. Values depend on the seed, the parameter's name and the element's index alone, so that any part can be made on its own, in any order.
/// </summary>
public abstract record Initializer
{
    /// <summary>Makes a run of values.</summary>
    /// <param name="destination">Takes the values of elements <paramref name="first"/> and on.</param>
    /// <param name="first">The row-major index of the first element.</param>
    /// <param name="context">What is filled.</param>
    public abstract void Fill(Span<float> destination, long first, in InitializerContext context);
}

/// <summary>Every element has one value.</summary>
/// <param name="Value">The value.</param>
public sealed record ConstantInitializer(float Value) : Initializer
{
    /// <inheritdoc/>
    public override void Fill(Span<float> destination, long first, in InitializerContext context) => destination.Fill(Value);
}

/// <summary>Uniform in [-limit, limit).</summary>
public abstract record UniformInitializer : Initializer
{
    /// <summary>The limit for a parameter.</summary>
    protected abstract double Limit(ParameterInfo parameter);

    /// <inheritdoc/>
    public override void Fill(Span<float> destination, long first, in InitializerContext context)
    {
        double limit = Limit(context.Parameter);
        var words = new RandomWords(context.Seed, context.Parameter.Name, first);
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (float)(limit * ((2.0 * Philox.ToUnit(words.Next())) - 1));
    }
}

/// <summary>
/// Uniform with limit sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010).
/// </summary>
public sealed record XavierUniformInitializer : UniformInitializer
{
    /// <inheritdoc/>
    protected override double Limit(ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return Math.Sqrt(6.0 / (parameter.FanIn + parameter.FanOut));
    }
}

/// <summary>Uniform with limit 1 / sqrt(fan_in): what PyTorch gives the weights and biases of its layers.</summary>
public sealed record FanInUniformInitializer : UniformInitializer
{
    /// <inheritdoc/>
    protected override double Limit(ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return 1 / Math.Sqrt(parameter.FanIn);
    }
}

/// <summary>The words of one stream in the order of the elements.</summary>
internal struct RandomWords
{
    private readonly ulong _seed;
    private readonly uint _nameHash;
    private long _index;
    private (uint Word0, uint Word1, uint Word2, uint Word3) _block;

    public RandomWords(ulong seed, string name, long first)
    {
        _seed = seed;
        _nameHash = Philox.Hash(name);
        _index = first;
        _block = Philox.Block(seed, first >> 2, _nameHash, 0);
    }

    public uint Next()
    {
        int word = (int)(_index & 3);
        if (word == 0) _block = Philox.Block(_seed, _index >> 2, _nameHash, 0);
        _index++;
        return word switch { 0 => _block.Word0, 1 => _block.Word1, 2 => _block.Word2, _ => _block.Word3 };
    }
}
