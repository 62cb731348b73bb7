using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>Half the sum of squares, added in double precision, image by image, so that the order does not depend on the threads. Its gradient is the input.</summary>
internal sealed unsafe class L2Loss : CpuOperator
{
    private readonly SumTask _task;
    private readonly int _images;
    private float* _input, _loss, _inputGradient;

    public L2Loss(Region region)
    {
        var format = new BlockedFormat(region.Layers[0].Inputs[0]);
        _images = format.Logical.N;
        _task = new SumTask(format.ImageFloats);
        Needs = new OperatorNeeds
        {
            Inputs = [format],
            Output = new PlainFormat(region.Output, ElementType.Float32),
            ForwardWorkspaceBytes = _images * sizeof(double),
            BackwardReadsInput = true,
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "sum";

    public override void Bind(Bindings bindings)
    {
        _input = Floats(bindings.Inputs[0]);
        _loss = Floats(bindings.Output);
        _inputGradient = Floats(bindings.InputGradient);
        _task.Input = _input;
        _task.Sums = (double*)Floats(bindings.ForwardWorkspace);
    }

    public override void Forward(ThreadTeam team, in StepState state)
    {
        team.Run(_task, _images);
        double sum = 0;
        for (int n = 0; n < _images; n++) sum += _task.Sums[n];
        *_loss = (float)(sum / 2);
    }

    public override void Backward(ThreadTeam team, in StepState state)
    {
        long bytes = Needs.Inputs[0].Bytes;
        Buffer.MemoryCopy(_input, _inputGradient, bytes, bytes);
    }

    private sealed class SumTask(long imageFloats) : TeamTask
    {
        public float* Input { get; set; }

        public double* Sums { get; set; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(int part, int worker)
        {
            double sum = 0;
            foreach (float x in new ReadOnlySpan<float>(Input + (part * imageFloats), (int)imageFloats)) sum += (double)x * x;
            Sums[part] = sum;
        }
    }
}
