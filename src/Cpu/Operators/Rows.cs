using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>An operator on [N, classes] whose parts are rows: little work, plain loops.</summary>
internal abstract unsafe class RowOperator : CpuOperator
{
    private readonly RowTask _forward, _backward;

    protected RowOperator(Region region)
    {
        Format = new BlockedFormat(region.Layers[0].Inputs[0]);
        _forward = new RowTask(this, backward: false);
        _backward = new RowTask(this, backward: true);
    }

    public override string Algorithm => "by row";

    /// <summary>The format of [N, classes].</summary>
    protected BlockedFormat Format { get; }

    protected int Rows => Format.Logical.N;

    protected int Classes => Format.Logical.C;

    protected float* Input { get; private set; }

    protected float* OutputGradient { get; private set; }

    protected float* InputGradient { get; private set; }

    public override void Bind(Bindings bindings)
    {
        Input = Floats(bindings.Inputs[0]);
        OutputGradient = Floats(bindings.OutputGradient);
        InputGradient = Floats(bindings.InputGradient);
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, Rows);

    public override void Backward(ThreadTeam team, in StepState state) => team.Run(_backward, Rows);

    protected abstract void ForwardRow(int row);

    protected virtual void BackwardRow(int row)
    {
    }

    /// <summary>A row of a tensor, without its padding.</summary>
    protected Span<float> Row(float* tensor, int row) => new(tensor + (row * Format.ImageFloats), Classes);

    /// <summary>Sets the padding of a row to 0.</summary>
    protected void ClearPadding(float* tensor, int row) =>
        new Span<float>(tensor + (row * Format.ImageFloats) + Classes, (int)Format.ImageFloats - Classes).Clear();

    private sealed class RowTask(RowOperator owner, bool backward) : TeamTask
    {
        public override void Execute(int part, int worker)
        {
            if (backward) owner.BackwardRow(part);
            else owner.ForwardRow(part);
        }
    }
}

/// <summary>Softmax. Its gradient is dx[c] = y[c] * (dy[c] - sum over j of dy[j] * y[j]).</summary>
internal sealed unsafe class Softmax : RowOperator
{
    private float* _output;

    public Softmax(Region region)
        : base(region) => Needs = new OperatorNeeds { Inputs = [Format], Output = Format, BackwardReadsOutput = true };

    public override OperatorNeeds Needs { get; }

    public override void Bind(Bindings bindings)
    {
        base.Bind(bindings);
        _output = Floats(bindings.Output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void ForwardRow(int row)
    {
        Span<float> x = Row(Input, row), y = Row(_output, row);
        float max = SoftmaxRow.Max(x);
        double sum = SoftmaxRow.SumOfExponentials(x, max);
        for (int c = 0; c < x.Length; c++) y[c] = (float)(Math.Exp((double)x[c] - max) / sum);
        ClearPadding(_output, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void BackwardRow(int row)
    {
        Span<float> y = Row(_output, row), dy = Row(OutputGradient, row), dx = Row(InputGradient, row);
        double dot = 0;
        for (int c = 0; c < y.Length; c++) dot += (double)dy[c] * y[c];
        for (int c = 0; c < y.Length; c++) dx[c] = (float)(y[c] * (dy[c] - dot));
        ClearPadding(InputGradient, row);
    }
}

/// <summary>What softmax and cross-entropy share; in double precision, since there are few elements.</summary>
internal static class SoftmaxRow
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(ReadOnlySpan<float> x)
    {
        float max = float.NegativeInfinity;
        foreach (float value in x) max = MathF.Max(max, value); // NaN wins
        return max;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SumOfExponentials(ReadOnlySpan<float> x, float max)
    {
        double sum = 0;
        foreach (float value in x) sum += Math.Exp((double)value - max);
        return sum;
    }
}

/// <summary>The index of the first largest element of each row.</summary>
internal sealed unsafe class ArgMax : RowOperator
{
    private int* _output;

    public ArgMax(Region region)
        : base(region) => Needs = new OperatorNeeds { Inputs = [Format], Output = new PlainFormat(region.Output, ElementType.Int32) };

    public override OperatorNeeds Needs { get; }

    public override void Bind(Bindings bindings)
    {
        base.Bind(bindings);
        _output = ((CpuBuffer)bindings.Output!).Integers;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void ForwardRow(int row)
    {
        Span<float> x = Row(Input, row);
        int best = 0;
        for (int c = 1; c < x.Length && !float.IsNaN(x[best]); c++)
            if (!(x[c] <= x[best])) best = c; // larger, or not a number
        _output[row] = best;
    }
}

/// <summary>The mean cross-entropy of softmax and labels. Its gradient is (softmax - one-hot) / N.</summary>
internal sealed unsafe class SoftmaxCrossEntropy : RowOperator
{
    private int* _labels;
    private float* _loss;
    private double* _rowLosses;

    public SoftmaxCrossEntropy(Region region)
        : base(region) => Needs = new OperatorNeeds
        {
            Inputs = [Format, new PlainFormat(region.Layers[0].Inputs[1], ElementType.Int32)],
            Output = new PlainFormat(region.Output, ElementType.Float32),
            ForwardWorkspaceBytes = region.Layers[0].Inputs[0].N * sizeof(double),
            BackwardReadsInput = true,
        };

    public override OperatorNeeds Needs { get; }

    public override void Bind(Bindings bindings)
    {
        base.Bind(bindings);
        _labels = ((CpuBuffer)bindings.Inputs[1]).Integers;
        _loss = Floats(bindings.Output);
        _rowLosses = (double*)Floats(bindings.ForwardWorkspace);
    }

    public override void Forward(ThreadTeam team, in StepState state)
    {
        base.Forward(team, state);
        double sum = 0;
        for (int row = 0; row < Rows; row++) sum += _rowLosses[row];
        *_loss = (float)(sum / Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void ForwardRow(int row)
    {
        Span<float> x = Row(Input, row);
        float max = SoftmaxRow.Max(x);
        _rowLosses[row] = Math.Log(SoftmaxRow.SumOfExponentials(x, max)) - ((double)x[_labels[row]] - max);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void BackwardRow(int row)
    {
        Span<float> x = Row(Input, row), dx = Row(InputGradient, row);
        float max = SoftmaxRow.Max(x);
        double sum = SoftmaxRow.SumOfExponentials(x, max);
        for (int c = 0; c < x.Length; c++) dx[c] = (float)(((Math.Exp((double)x[c] - max) / sum) - (c == _labels[row] ? 1 : 0)) / Rows);
        ClearPadding(InputGradient, row);
    }
}
