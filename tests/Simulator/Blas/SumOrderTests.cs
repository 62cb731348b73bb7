using AlexNetCuda.Simulator.Blas;
using Xunit;

namespace AlexNetCuda.Simulator.Tests.Blas;

public sealed class SumOrderTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    [InlineData(1001, 4)]
    [InlineData(5, 1)]
    public void Natural_parts_are_every_term_once_in_order(long k, int parts)
    {
        SumPart[] order = SumOrder.Natural(k, parts);
        Assert.Equal((int)Math.Min(k, parts), order.Length);
        AssertCovers(k, order);
        Assert.Equal(order.OrderBy(part => part.Start), order);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(9216)]
    [InlineData(int.MaxValue)]
    public void Drawn_parts_are_every_term_once(long k)
    {
        for (var run = 0; run < 50; run++)
        {
            AssertCovers(k, SumOrder.Drawn(k, 7, run));
            Assert.Equal(SumOrder.Drawn(k, 7, run), SumOrder.Drawn(k, 7, run));
        }

        if (k <= 2) return;
        Assert.Contains(Enumerable.Range(0, 50), run => !SumOrder.Drawn(k, 7, run).SequenceEqual(SumOrder.Drawn(k, 8, run)));
        Assert.Contains(Enumerable.Range(0, 50), run => SumOrder.Drawn(k, 7, run)[0].Start != 0);
    }

    private static void AssertCovers(long k, SumPart[] order)
    {
        long next = 0;
        foreach (SumPart part in order.OrderBy(part => part.Start))
        {
            Assert.Equal(next, part.Start);
            Assert.True(part.End > part.Start);
            next = part.End;
        }

        Assert.Equal(k, next);
    }
}
