using System.Runtime.InteropServices;
using AlexNetCuda.Initialization;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>The numbers were made by the function <c>fill</c> of tests/data/golden/make_golden.py, with NumPy.</summary>
public class ReferenceInitializerTests
{
    [Theory]
    [InlineData(0, 0xBF4DEAC2)] // -0.80436337
    [InlineData(1, 0x3E9C045C)]
    [InlineData(2, 0xBF17BE90)]
    [InlineData(3, 0xBEE6F7FC)]
    [InlineData(65535, 0xBF7A6FBC)]
    [InlineData(65536, 0x3F506E8C)]
    [InlineData(65537, 0x3F2B53EE)]
    [InlineData(131072, 0x3F5433E6)]
    [InlineData(199999, 0xBEE8269C)]
    public void The_images_have_these_bits(int index, uint bits)
    {
        var all = new float[index + 1];
        ReferenceInitializer.Fill(all, 0, "input", 1);
        Span<float> one = stackalloc float[1];
        ReferenceInitializer.Fill(one, index, "input", 1);
        Assert.Equal(bits, MemoryMarshal.Cast<float, uint>(all)[index]);
        Assert.Equal(bits, MemoryMarshal.Cast<float, uint>(one)[0]);
    }

    [Theory]
    [InlineData("", "conv1/weights", 363, 0, 0xBC52CC55)] // -0.012866099
    [InlineData("", "conv1/weights", 363, 1, 0xBD357C90)]
    [InlineData("", "conv1/weights", 363, 363, 0xBD81FED3)]
    [InlineData("", "conv1/weights", 363, 34847, 0x3CC32FCC)]
    [InlineData("ÄÖ/", "fc6/weights", 9216, 0, 0x3C9963C4)]
    [InlineData("ÄÖ/", "fc6/weights", 9216, 5000000, 0xBC7860DD)]
    [InlineData("ÄÖ/", "fc6/weights", 9216, 37748735, 0xBCB66F6C)]
    [InlineData("g/", "conv2/weights", 1200, 0, 0x3D581BF3)] // 48 of 96 channels: two groups
    [InlineData("g/", "conv2/weights", 1200, 7, 0x3C435385)]
    [InlineData("other", "fc8/biases", 4096, 0, 0xBD83CE35)]
    [InlineData("other", "fc8/biases", 4096, 1, 0x3D2D7893)]
    [InlineData("other", "fc8/biases", 4096, 500, 0x3C45485A)]
    [InlineData("other", "fc8/biases", 4096, 999, 0xBD19D36D)]
    public void Parameters_have_these_bits(string salt, string name, int fanIn, int index, uint bits)
    {
        ParameterRole role = name.EndsWith("biases", StringComparison.Ordinal) ? ParameterRole.Biases : ParameterRole.Weights;
        var info = new ParameterInfo(name, new Shape(1), role, fanIn, 1, new ConstantInitializer(0));
        Span<float> value = stackalloc float[1];
        new ReferenceInitializer(salt).Fill(value, index, new InitializerContext(0, info));
        Assert.Equal(bits, MemoryMarshal.Cast<float, uint>(value)[0]);
    }

    [Fact]
    public void A_network_is_filled_with_them()
    {
        Parameters parameters = NetworkZoo.Create("alexnet-2012", new NetworkOptions { InputSize = 67 })
            .CreateParameters(initializer: new ReferenceInitializer("g/"));
        var weights = new float[256 * 48 * 25];
        parameters["conv2/weights"].Read(weights);
        Assert.Equal(0x3D581BF3u, MemoryMarshal.Cast<float, uint>(weights)[0]);
        Assert.Equal(0x3C435385u, MemoryMarshal.Cast<float, uint>(weights)[7]);
    }
}
