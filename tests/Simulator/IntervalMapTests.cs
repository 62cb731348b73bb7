using AlexNetCuda.Simulator.Core;
using Xunit;

namespace AlexNetCuda.Simulator.Tests;

public sealed class IntervalMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Later_ranges_take_the_place_of_earlier_ones_byte_for_byte(int seed)
    {
        var random = new Random(seed);
        string[] names = ["a", "b", "c"];
        var map = new IntervalMap<string>();
        var plain = new string?[100];
        for (int n = 0; n < 300; n++)
        {
            int first = random.Next(99), end = random.Next(first + 1, 101);
            string name = names[random.Next(3)];
            map.Set((ulong)first, (ulong)end, name);
            plain.AsSpan(first, end - first).Fill(name);
            int from = random.Next(99), to = random.Next(from + 1, 101);
            var got = new string?[100];
            ulong last = 0;
            foreach ((ulong f, ulong e, string value) in map.Overlapping((ulong)from, (ulong)to))
            {
                Assert.True(f >= last && e > f && e > (ulong)from && f < (ulong)to);
                got.AsSpan((int)f, (int)(e - f)).Fill(value);
                last = e;
            }

            Assert.Equal(plain[from..to], got[from..to]);
        }
    }
}
