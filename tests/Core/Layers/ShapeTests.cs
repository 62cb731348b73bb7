using Xunit;

namespace AlexNetCuda.Core.Tests;

public class ShapeTests
{
    [Fact]
    public void A_shape_knows_its_dimensions()
    {
        var shape = new Shape(32, 96, 55, 54);
        Assert.Equal((4, 32, 96, 55, 54), (shape.Rank, shape.N, shape.C, shape.H, shape.W));
        Assert.Equal((32, 96, 55, 54), (shape[0], shape[1], shape[2], shape[3]));
        Assert.Equal((32L * 96 * 55 * 54, 96L * 55 * 54), (shape.Count, shape.CountPerImage));
        Assert.Equal([32, 96, 55, 54], shape.ToArray());
        Assert.Equal("[32, 96, 55, 54]", shape.ToString());
        Assert.Equal("[32, 55, 54, 96]", shape.ToStringChannelsLast());
        Assert.Equal("[2, 3]", new Shape(2, 3).ToStringChannelsLast());
        Assert.Equal((1, 1, 6L), (new Shape(2, 3)[2], new Shape(2, 3).W, new Shape(2, 3).Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => shape[4]);
        Assert.Equal(3L << 60, new Shape(3, 1 << 30, 1 << 30).Count); // beyond 32 bits
    }

    [Fact]
    public void Shapes_are_equal_by_rank_and_dimensions()
    {
        Assert.True(new Shape(2, 3) == new Shape(2, 3));
        Assert.Equal(new Shape(2, 3).GetHashCode(), new Shape(2, 3).GetHashCode());
        Assert.True(new Shape(2, 3) != new Shape(2, 3, 1));
        Assert.True(new Shape(2, 3) != new Shape(3, 2));
        Assert.False(new Shape(1).Equals("[1]"));
    }

    [Theory]
    [InlineData(new int[0], "A shape has 1 to 4 dimensions, not 0.")]
    [InlineData(new[] { 1, 2, 3, 4, 5 }, "A shape has 1 to 4 dimensions, not 5.")]
    [InlineData(new[] { 1, 0 }, "A dimension of a shape is at least 1, not 0.")]
    [InlineData(new[] { -3 }, "A dimension of a shape is at least 1, not -3.")]
    [InlineData(new[] { 1 << 30, 1 << 30, 1 << 3 }, "A shape of [1073741824, 1073741824, 8] has more elements than can be counted.")]
    public void An_impossible_shape_is_refused(int[] dimensions, string message)
    {
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => new Shape(dimensions)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_have_sizes()
    {
        Assert.Equal((4, 8, 4), (ElementTypes.SizeOf(ElementType.Float32), ElementTypes.SizeOf(ElementType.Float64), ElementTypes.SizeOf(ElementType.Int32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ElementTypes.SizeOf((ElementType)9));
    }
}
