using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;

namespace AlexNetCuda.Cpu;

/// <summary>
/// The Euclidean norm of a tensor. Squares are added up in single precision within a piece, in 16 lanes whatever the width of a register, and the lanes and pieces
/// in double precision and in order: the same bits on every processor with fused multiply-add, with any number of threads. Padding is zero and does not count.
/// </summary>
internal sealed unsafe class Norm<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly SumTask _task;
    private float* _norm;

    public Norm(CpuFormat format)
    {
        _task = new SumTask(format.Floats);
        Needs = new OperatorNeeds
        {
            Inputs = [format],
            Output = new PlainFormat(new Shape(1), ElementType.Float32),
            ForwardWorkspaceBytes = _task.Parts * sizeof(double),
        };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "sum";

    public override void Bind(Bindings bindings)
    {
        _task.Input = Floats(bindings.Inputs[0]);
        _task.Sums = (double*)Floats(bindings.ForwardWorkspace);
        _norm = Floats(bindings.Output);
    }

    public override void Forward(ThreadTeam team, in StepState state)
    {
        team.Run(_task, _task.Parts);
        double sum = 0;
        for (int part = 0; part < _task.Parts; part++) sum += _task.Sums[part];
        *_norm = (float)Math.Sqrt(sum);
    }

    private sealed class SumTask(long floats) : ElementwiseTask(floats)
    {
        private const int Lanes = 16;

        public float* Input { get; set; }

        public double* Sums { get; set; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Run(long first, int count)
        {
            float* input = Input + first, lanes = stackalloc float[Lanes];
            for (int register = 0; register < Lanes; register += T.Width)
            {
                T squares = T.Zero;
                for (int i = register; i < count; i += Lanes)
                {
                    T x = T.Load(input + i);
                    squares = T.MultiplyAdd(x, x, squares);
                }

                T.Store(squares, lanes + register);
            }

            double sum = 0;
            for (int lane = 0; lane < Lanes; lane++) sum += lanes[lane];
            Sums[first / Piece] = sum;
        }
    }
}
