using System.Globalization;
using AlexNetCuda.Initialization;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Reference.Tests;

/// <summary>
/// Compares gradients with central differences of the loss, (L(x + h) - L(x - h)) / 2h.
/// The step: truncation costs about h^2 times a third derivative, rounding about epsilon * |L| / h. With h = 2^-14 (6e-5) both are near 1e-9 for losses
/// and derivatives of the size of these cases, so that 1e-6 leaves room and still catches any wrong term. Being a power of two, h changes values that are exact in
/// single precision (all inputs and parameters here) without any rounding. The cases' inputs stay 1e-3 away from kinks, more than h moves anything.
/// </summary>
internal sealed class GradientCheck : IDisposable
{
    public const double Step = 1.0 / (1 << 14);
    public const double Tolerance = 1e-6;
    private const int AllUpTo = 64, Sampled = 40;
    private readonly LayerCase _case;
    private readonly ReferenceDevice _device = new(1);
    private readonly Parameters _parameters;
    private readonly Executable _executable;

    public GradientCheck(LayerCase layerCase)
    {
        _case = layerCase;
        _parameters = layerCase.CreateParameters(ElementType.Float64);
        _executable = layerCase.Network.Compile(_device, _parameters, layerCase.Options);
        _executable.SetInput(layerCase.Input);
        if (layerCase.Labels is not null) _executable.SetLabels(layerCase.Labels);
        _executable.StepNumber = layerCase.Step;
        _executable.ForwardBackward();
        Analytic = NetworkRunner.Read(_executable);
        _executable.StepNumber = layerCase.Step; // the same dropout mask for every loss
    }

    /// <summary>The gradients that the device computed.</summary>
    public NetworkResult Analytic { get; }

    public void Dispose()
    {
        _executable.Dispose();
        _device.Dispose();
    }

    /// <summary>Fails unless every gradient of a result agrees with the differences.</summary>
    public void Check(NetworkResult result)
    {
        Assert.Equal(_case.Network.Parameters.Select(p => p.Name).Order(), result.Gradients.Keys.Order());
        foreach ((string name, double[] gradient) in result.Gradients)
        {
            var values = new double[gradient.Length];
            _parameters[name].Read(values);
            Check(name, gradient, values, changed => _parameters[name].Write(changed));
        }

        if (_case.InputGradient) Check("input", result.InputGradient!, [.. _case.Input], changed => _executable.SetInput(changed));
    }

    private void Check(string tensor, double[] gradient, double[] values, Action<double[]> write)
    {
        Assert.Equal(values.Length, gradient.Length);
        double rms = Math.Sqrt(gradient.Sum(g => g * g) / gradient.Length);
        foreach (int i in Indices(tensor, gradient.Length))
        {
            double value = values[i];
            double above = LossAt(value + Step), below = LossAt(value - Step);
            _ = LossAt(value);
            double numeric = (above - below) / (2 * Step);
            // Differences of two losses carry their rounding: some units in the last place of L over h.
            double noise = 16 * Math.Pow(2, -53) * Math.Abs(above) / Step;
            double allowed = (Tolerance * Math.Max(Math.Abs(numeric), rms)) + noise;
            double difference = Math.Abs(numeric - gradient[i]);
            if (!(difference <= allowed))
            {
                Assert.Fail(string.Create(CultureInfo.InvariantCulture,
                    $"{_case.Name}: gradient of {tensor}[{i}] is {gradient[i]:r}, by differences {numeric:r}; they differ by {difference:e2}, allowed {allowed:e2}."));
            }

            double LossAt(double x)
            {
                values[i] = x;
                write(values);
                _executable.Forward();
                return _executable.ReadLoss();
            }
        }
    }

    /// <summary>All elements of a small tensor; of a larger one the first, the last and a fixed random choice.</summary>
    private static IEnumerable<int> Indices(string tensor, int length)
    {
        if (length <= AllUpTo) return Enumerable.Range(0, length);
        uint hash = Philox.Hash(tensor);
        return Enumerable.Range(0, Sampled).Select(k => (int)(Philox.Block(1, k, hash, 0).Word0 % (uint)length)).Concat([0, length - 1]).Distinct().Order();
    }
}
