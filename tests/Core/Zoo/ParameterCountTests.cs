using Xunit;

namespace AlexNetCuda.Core.Tests;

public class ParameterCountTests
{
    [Theory]
    [InlineData("alexnet-owt-softmax10", 61_110_850)]
    [InlineData("alexnet-conv", 2_469_696)]
    [InlineData("alexnet-valid", 62_376_968)]
    [InlineData("alexnet-same", 62_378_344)]
    [InlineData("alexnet-2012", 60_965_224)]
    [InlineData("bvlc-alexnet", 60_965_224)]
    [InlineData("caffenet", 60_965_224)]
    [InlineData("torchvision-alexnet", 61_100_840)]
    [InlineData("vgg11", 132_863_336)]
    // vgg11 has not conv1_2 (64 * 64 * 9 + 64 = 36,928) and conv2_2 (128 * 128 * 9 + 128 = 147,584): together 184,512 more.
    [InlineData("vgg13", 133_047_848)]
    [InlineData("vgg16", 138_357_544)]
    [InlineData("vgg19", 143_667_240)]
    public void A_network_has_the_published_number_of_parameters(string name, long count)
    {
        Assert.Equal(count, NetworkZoo.Create(name).ParameterCount);
    }

    [Fact]
    public void Every_network_of_the_zoo_is_counted_above_and_no_other_is_in_it()
    {
        string[] names =
        [
            "alexnet-owt-softmax10", "alexnet-valid", "alexnet-same", "alexnet-conv", "alexnet-2012", "bvlc-alexnet", "caffenet", "torchvision-alexnet",
            "vgg11", "vgg13", "vgg16", "vgg19",
        ];
        Assert.Equal(names, NetworkZoo.All.Select(e => e.Name));
    }

    [Fact]
    public void The_parameters_of_a_grouped_network_have_these_names_and_shapes()
    {
        string[] expected =
        [
            "conv1/weights [96, 3, 11, 11]", "conv1/biases [96]", "conv2/weights [256, 48, 5, 5]", "conv2/biases [256]",
            "conv3/weights [384, 256, 3, 3]", "conv3/biases [384]", "conv4/weights [384, 192, 3, 3]", "conv4/biases [384]",
            "conv5/weights [256, 192, 3, 3]", "conv5/biases [256]", "fc6/weights [4096, 9216]", "fc6/biases [4096]",
            "fc7/weights [4096, 4096]", "fc7/biases [4096]", "fc8/weights [1000, 4096]", "fc8/biases [1000]",
        ];
        Assert.Equal(expected, NetworkZoo.Create("alexnet-2012").Parameters.Select(p => $"{p.Name} {p.Shape}"));
    }

    [Theory] // multiply-adds of convolutions and fully connected layers for one image, as the literature has them
    [InlineData("alexnet-2012", 724_406_816)]
    [InlineData("caffenet", 724_406_816)]
    [InlineData("torchvision-alexnet", 714_188_480)]
    [InlineData("vgg11", 7_609_090_048)]
    [InlineData("vgg16", 15_470_264_320)]
    [InlineData("vgg19", 19_632_062_464)]
    public void A_network_has_the_published_number_of_multiply_adds(string name, long count)
    {
        Network network = NetworkZoo.Create(name);
        foreach (int batch in new[] { 1, 32 })
        {
            IReadOnlyDictionary<string, Shape> shapes = network.InferShapes(batch);
            Assert.Equal(batch * count, network.Nodes.Sum(n => n.Layer.MultiplyAdds(shapes[n.Inputs[0]], shapes[n.Layer.Name])));
        }
    }
}
