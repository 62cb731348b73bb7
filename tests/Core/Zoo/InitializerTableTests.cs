using AlexNetCuda.Initialization;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>Which initialiser each parameter of each network has: a second statement of what the originals do.</summary>
public class InitializerTableTests
{
    private static readonly string[] Raised = ["conv2", "conv4", "conv5", "fc6", "fc7"];

    /// <summary>The initialiser that the original gives a parameter.</summary>
    private static Initializer Expected(string network, string layer, bool weights)
    {
        bool full = layer.StartsWith("fc", StringComparison.Ordinal);
        switch (network)
        {
            case "alexnet-owt-softmax10" or "alexnet-conv":
                return weights ? new TruncatedNormalInitializer(0.1f) : new ConstantInitializer(0);
            case "alexnet-same":
                return weights ? new TruncatedNormalInitializer(0.1f) : new ConstantInitializer(full ? 0.1f : 0);
            case "alexnet-valid":
                return full ? new NormalInitializer(1) : new TruncatedNormalInitializer(0.1f);
            case "vgg11" or "vgg13" or "vgg16" or "vgg19":
                return weights ? new XavierUniformInitializer() : new ConstantInitializer(full ? 0.1f : 0);
            case "alexnet-2012":
                return weights ? new NormalInitializer(0.01f) : new ConstantInitializer(Raised.Contains(layer) ? 1 : 0);
            case "bvlc-alexnet" or "caffenet":
                return weights
                    ? new NormalInitializer(layer is "fc6" or "fc7" ? 0.005f : 0.01f)
                    : new ConstantInitializer(Raised.Contains(layer) ? network == "caffenet" ? 1 : 0.1f : 0);
            case "torchvision-alexnet":
                return new FanInUniformInitializer();
            default:
                throw new ArgumentException($"The table has no '{network}'.", nameof(network));
        }
    }

    public static TheoryData<string> Names => [.. NetworkZoo.All.Select(e => e.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_parameter_has_the_initialiser_of_the_original(string name)
    {
        foreach (ParameterInfo parameter in NetworkZoo.Create(name).Parameters)
        {
            string[] parts = parameter.Name.Split('/');
            Assert.Equal(parts[1] == "weights" ? ParameterRole.Weights : ParameterRole.Biases, parameter.Role);
            Assert.True(parts[1] is "weights" or "biases", parameter.Name);
            Initializer expected = Expected(name, parts[0], parts[1] == "weights");
            Assert.True(expected == parameter.Initializer, $"{parameter.Name}: {parameter.Initializer}, not {expected}.");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_scheme_applies_to_every_parameter(string name)
    {
        Check(InitializationScheme.He, new HeNormalInitializer());
        Check(InitializationScheme.Xavier, new XavierUniformInitializer());

        void Check(InitializationScheme scheme, Initializer weights)
        {
            IReadOnlyList<ParameterInfo> parameters = NetworkZoo.Create(name, new NetworkOptions { Initialization = scheme }).Parameters;
            Assert.All(parameters, p => Assert.Equal(p.Role == ParameterRole.Weights ? weights : new ConstantInitializer(0), p.Initializer));
        }
    }

    [Theory] // in / groups * taps weights make one output; one input goes into filters * taps outputs
    [InlineData("alexnet-2012", "conv1", 3 * 121, 96 * 121)]
    [InlineData("alexnet-2012", "conv2", 48 * 25, 256 * 25)]
    [InlineData("alexnet-2012", "fc6", 9216, 4096)]
    [InlineData("vgg16", "conv1_1", 27, 576)]
    [InlineData("vgg16", "conv5_3", 4608, 4608)]
    [InlineData("vgg16", "fc6", 25088, 4096)]
    [InlineData("vgg16", "fc8", 4096, 1000)]
    public void Fan_in_and_fan_out_are_those_of_the_weights_for_the_biases_too(string network, string layer, int fanIn, int fanOut)
    {
        ParameterInfo[] parameters = [.. NetworkZoo.Create(network).Parameters.Where(p => p.Name.StartsWith(layer + "/", StringComparison.Ordinal))];
        Assert.Equal(2, parameters.Length);
        Assert.All(parameters, p => Assert.Equal((fanIn, fanOut), (p.FanIn, p.FanOut)));
    }
}
