using AlexNetCuda.Initialization;

namespace AlexNetCuda;

/// <summary>What the builders of the zoo share.</summary>
internal static class ZooBuilding
{
    public static readonly Initializer Zero = new ConstantInitializer(0), One = new ConstantInitializer(1), Tenth = new ConstantInitializer(0.1f);

    /// <summary>Begins a network with its options' initialisers as defaults.</summary>
    public static NetworkBuilder Begin(ZooEntry entry, NetworkOptions options)
    {
        int size = options.InputSize ?? entry.InputSize;
        return new NetworkBuilder(entry.Name, 3, size, size)
        {
            DefaultWeights = options.Initialization == InitializationScheme.Xavier ? new XavierUniformInitializer() : new HeNormalInitializer(),
            DefaultBiases = Zero,
        };
    }

    /// <summary>The original's initialiser, or null (the builder's default) where another scheme is asked for.</summary>
    public static Initializer? Original(this NetworkOptions options, Initializer original) =>
        options.Initialization == InitializationScheme.Original ? original : null;

    /// <summary>A number of filters or hidden units, as wide as asked for; even, so that two groups can have it.</summary>
    public static int Wide(this NetworkOptions options, int original) => options.Width == 1 ? original : Math.Max(2, 2 * (int)Math.Round(original * options.Width / 2));

    /// <summary>Adds the loss asked for.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="options">The options.</param>
    /// <param name="original">The original's loss.</param>
    /// <param name="scores">The layer of the classes' scores.</param>
    /// <param name="last">The layer of which an l2 loss is taken.</param>
    public static NetworkBuilder Loss(this NetworkBuilder builder, NetworkOptions options, LossKind original, string scores, string last)
    {
        LossKind loss = options.Loss == LossKind.Original ? original : options.Loss;
        return loss == LossKind.L2 ? builder.L2Loss(last) : builder.SoftmaxCrossEntropy(scores);
    }
}
