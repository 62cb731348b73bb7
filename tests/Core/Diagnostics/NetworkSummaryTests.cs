using AlexNetCuda.Diagnostics;
using AlexNetCuda.Layers;
using Xunit;

namespace AlexNetCuda.Core.Tests.Diagnostics;

public sealed class NetworkSummaryTests
{
    [Fact]
    public void A_small_network_has_the_numbers_worked_out_by_hand()
    {
        Network network = new NetworkBuilder("small", 3, 8, 8)
            .Convolution("conv1", 4, 3, 2, Padding.Valid, groups: 1).Relu() // [2, 4, 3, 3]
            .FullyConnected("fc2", 5, bias: false).ArgMax().Build();
        NetworkSummary summary = NetworkSummary.Of(network, 2);
        Assert.Equal(new Shape(2, 3, 8, 8), summary.InputShape);
        Assert.Equal(
            [
                // 4 * 3 * 3 * 3 weights and 4 biases; each of the 2 * 36 outputs takes 27 multiply-adds.
                new SummaryRow("conv1", "convolution", "3x3 / 2 VALID", new Shape(2, 4, 3, 3), 36, 112, 72 * 27, 72 * 4),
                new SummaryRow("conv1/relu", "ReLU", "", new Shape(2, 4, 3, 3), 0, 0, 0, 72 * 4),
                new SummaryRow("fc2", "fully connected", "", new Shape(2, 5), 5, 36 * 5, 2 * 36 * 5, 10 * 4),
                new SummaryRow("argmax", "argmax", "", new Shape(2), 0, 0, 0, 2 * 4),
            ],
            summary.Rows);
        Assert.Equal((41, 292, (72 * 27) + 360, (2 * 288) + 40 + 8), (summary.Neurons, summary.Parameters, summary.MultiplyAdds, summary.ActivationBytes));
    }

    [Fact]
    public void The_neurons_are_those_that_the_paper_of_2012_counts()
    {
        // Section 3.5 of the paper; for the first layer it says 253,440, which is no number of an 11x11 kernel's outputs at stride 4.
        NetworkSummary summary = NetworkSummary.Of(NetworkZoo.Create("alexnet-2012"));
        Assert.Equal([55 * 55 * 96, 186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000], summary.Rows.Where(r => r.Neurons > 0).Select(r => r.Neurons));
    }

    [Fact]
    public void Groups_divide_the_multiply_adds()
    {
        Network whole = new NetworkBuilder("whole", 4, 5, 5).Convolution("conv1", 6, 3).Build();
        Network halves = new NetworkBuilder("halves", 4, 5, 5).Convolution("conv1", 6, 3, groups: 2).Build();
        Assert.Equal(25 * 6 * 4 * 9, NetworkSummary.Of(whole).MultiplyAdds);
        Assert.Equal(25 * 6 * 2 * 9, NetworkSummary.Of(halves).MultiplyAdds);
    }

    [Fact]
    public void Every_network_of_the_zoo_has_the_parameters_of_its_description()
    {
        foreach (Network network in NetworkZoo.All.Select(e => e.Create()))
            Assert.Equal(network.ParameterCount, NetworkSummary.Of(network, 3).Parameters);
    }
}
