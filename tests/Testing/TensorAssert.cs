using System.Globalization;
using Xunit;

namespace AlexNetCuda.Testing;

/// <summary>Comparisons of tensors by normalised error: the largest difference of an element over the root mean square of the expected tensor.</summary>
public static class TensorAssert
{
    /// <summary>
    /// The normalised error and where it is. NaN equals NaN and an infinity itself; either against anything else is an infinite error.
    /// A tensor expected to be all zeros is measured by the difference itself.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static (double Error, int Index) NormalisedError(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        if (expected.Length != actual.Length) throw new ArgumentException($"Tensors of {expected.Length} and {actual.Length} elements are not compared.");
        double squares = 0, worst = 0;
        int index = 0, finite = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (double.IsFinite(expected[i]))
            {
                squares += expected[i] * expected[i];
                finite++;
            }

            bool same = expected[i].Equals(actual[i]) || expected[i] == actual[i];
            double difference = same ? 0 : Math.Abs(expected[i] - actual[i]);
            if (double.IsNaN(difference)) difference = double.PositiveInfinity;
            if (difference > worst) (worst, index) = (difference, i);
        }

        double rms = finite > 0 ? Math.Sqrt(squares / finite) : 0;
        return (worst / (rms > 0 ? rms : 1), index);
    }

    /// <summary>Fails if the normalised error is larger than allowed.</summary>
    /// <param name="expected">The truth.</param>
    /// <param name="actual">What is checked.</param>
    /// <param name="tolerance">The largest normalised error allowed.</param>
    /// <param name="tensor">What the tensor is, for the message: the case and the tensor's name.</param>
    /// <param name="shape">Its shape, so that the message can say where in it the worst element lies.</param>
    public static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string tensor, Shape? shape = null)
    {
        if (expected.Length != actual.Length) Assert.Fail($"{tensor}: expected {expected.Length} elements, got {actual.Length}.");
        (double error, int index) = NormalisedError(expected, actual);
        if (error <= tolerance) return;
        Assert.Fail(string.Create(CultureInfo.InvariantCulture,
            $"{tensor}: normalised error {error:e2}, allowed {tolerance:e1}; "
            + $"worst at {Where(index, shape)}: expected {expected[index]:r}, got {actual[index]:r}."));
    }

    /// <summary>Fails if any tensor of a result differs: output, loss, gradients of parameters and images.</summary>
    /// <param name="expected">The truth.</param>
    /// <param name="actual">What is checked; it has at least the expected gradients.</param>
    /// <param name="tolerance">The largest normalised error allowed.</param>
    /// <param name="name">The name of the case, for the message.</param>
    public static void Close(NetworkResult expected, NetworkResult actual, double tolerance, string name)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(actual);
        Assert.Equal(expected.OutputShape, actual.OutputShape);
        Close(expected.Output, actual.Output, tolerance, $"{name}: output", expected.OutputShape);
        Close([expected.Loss], [actual.Loss], tolerance, $"{name}: loss");
        foreach ((string parameter, double[] gradient) in expected.Gradients)
        {
            Assert.True(actual.Gradients.ContainsKey(parameter), $"{name}: no gradient of {parameter}.");
            Close(gradient, actual.Gradients[parameter], tolerance, $"{name}: gradient of {parameter}");
        }

        if (expected.InputGradient is null) return;
        Assert.NotNull(actual.InputGradient);
        Close(expected.InputGradient, actual.InputGradient, tolerance, $"{name}: gradient of the input");
    }

    private static string Where(int index, Shape? shape)
    {
        string text = index.ToString(CultureInfo.InvariantCulture);
        if (shape is not { } s) return "index " + text;
        var indices = new int[s.Rank];
        for (int axis = s.Rank - 1, rest = index; axis >= 0; axis--) (rest, indices[axis]) = Math.DivRem(rest, s[axis]);
        return $"[{string.Join(", ", indices)}] of {s} (index {text})";
    }
}
