using Xunit;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Comparisons of results with a double-precision computation.</summary>
internal static class Compare
{
    /// <summary>
    /// Each result lies within relative * |expected| + absolute of what is expected; NaN and infinities match their like, and what
    /// exceeds float's range may be an infinity of its sign.
    /// </summary>
    internal static void Close(double[] expected, float[] actual, double relative, double absolute)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var (e, a) = (expected[i], (double)actual[i]);
            var same = double.IsNaN(e) ? double.IsNaN(a)
                : double.IsInfinity(a) ? Math.Sign(a) == Math.Sign(e) && Math.Abs(e) * (1 + relative) >= float.MaxValue
                : double.IsInfinity(e) ? false
                : Math.Abs(a - e) <= (relative * Math.Abs(e)) + absolute;
            if (!same) Assert.Fail($"element {i} of {expected.Length}: {a:g9} instead of {e:g9}");
        }
    }

    /// <summary>The same bits, element by element, except that every NaN equals every other.</summary>
    internal static void Same(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var same = float.IsNaN(expected[i])
                ? float.IsNaN(actual[i])
                : BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]);
            if (!same) Assert.Fail($"element {i} of {expected.Length}: {actual[i]:g9} instead of {expected[i]:g9}");
        }
    }
}
