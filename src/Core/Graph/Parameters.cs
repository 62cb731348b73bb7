using AlexNetCuda.Initialization;

namespace AlexNetCuda;

/// <summary>
/// The values of a network's parameters. They belong to no executable: several (training, evaluation, batch 1 beside batch 32, other devices) share them.
/// Devices hold copies in formats of their own, made when needed and remade when the values have changed.
/// Reading is thread-safe while nothing writes or trains; writing and training are for one thread at a time.
/// </summary>
public sealed class Parameters
{
    private const int Chunk = 1 << 14; // 64 KiB: not yet an object for the large heap
    private readonly Dictionary<string, Parameter> _byName;

    internal Parameters(Network network, ulong seed, ElementType storage, Initializer? initializer, CancellationToken cancellation)
    {
        if (storage == ElementType.Int32) throw new ArgumentException("Parameters are stored as Float32 or Float64.", nameof(storage));
        NetworkName = network.Name;
        All = [.. network.Parameters.Select(p => new Parameter(p, storage))];
        _byName = All.ToDictionary(p => p.Info.Name);
        var options = new ParallelOptions { CancellationToken = cancellation };
        foreach (Parameter parameter in All)
        {
            Initializer fill = initializer ?? parameter.Info.Initializer;
            var context = new InitializerContext(seed, parameter.Info);
            long count = parameter.Info.Shape.Count;
            Parallel.For(0, (count + Chunk - 1) / Chunk, options, () => new float[Math.Min(Chunk, count)], (chunk, _, values) =>
            {
                long first = chunk * Chunk;
                Span<float> part = values.AsSpan(0, (int)Math.Min(Chunk, count - first));
                fill.Fill(part, first, context);
                parameter.InitializePart(first, part);
                return values;
            }, _ => { });
        }
    }

    /// <summary>The name of the network that the parameters were made for.</summary>
    public string NetworkName { get; }

    /// <summary>The parameters, in the order of the layers.</summary>
    public IReadOnlyList<Parameter> All { get; }

    /// <summary>A parameter by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out Parameter? parameter)
        ? parameter
        : throw new ArgumentException($"There is no parameter '{name}' among those of network '{NetworkName}'.");

    internal Parameter Matching(ParameterInfo info) =>
        _byName.TryGetValue(info.Name, out Parameter? parameter) && parameter.Info.Shape == info.Shape
            ? parameter
            : throw new ArgumentException(
                $"The parameters are those of network '{NetworkName}' and have no '{info.Name}' of shape {info.Shape}.");
}
