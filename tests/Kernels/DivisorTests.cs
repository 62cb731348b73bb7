using AlexNetCuda.Cuda.Kernels;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>Division by multiplication, as the kernels do it.</summary>
public sealed class DivisorTests
{
    [Fact]
    public void Quotients_are_exact_up_to_the_largest_dividend()
    {
        var random = new Random(1);
        int[] divisors = [.. Enumerable.Range(1, 300), 641, 729, 3025, 65535, 65536, 65537, 1 << 30, (1 << 30) + 1, int.MaxValue - 1, int.MaxValue, .. Enumerable.Range(0, 300).Select(_ => random.Next(1, int.MaxValue))];
        foreach (var divisor in divisors)
        {
            var by = new Divisor(divisor);
            int last = int.MaxValue / divisor * divisor;   // the largest multiple: rounding shows on both sides of one
            int[] dividends = [0, 1, divisor - 1, divisor, last - 1, last, int.MaxValue - 1, int.MaxValue, .. Enumerable.Range(0, 50).Select(_ => random.Next())];
            foreach (var dividend in dividends)
            {
                Assert.True(by.Divide(dividend) == dividend / divisor, $"{dividend} / {divisor} = {by.Divide(dividend)}");
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new Divisor(0));
    }

    [Fact]
    public void Those_of_one_number_are_equal()
    {
        Divisor seven = new(7), other = new(8);
        Assert.True(seven == new Divisor(7) && seven != other && seven.Equals((object)new Divisor(7)) && !seven.Equals("7"));
        Assert.Equal(new Divisor(7).GetHashCode(), seven.GetHashCode());
    }
}
