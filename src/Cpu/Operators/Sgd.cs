using System.Runtime.CompilerServices;
using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda.Cpu;

/// <summary>The update of a parameter by stochastic gradient descent; see <see cref="SgdOptions"/>.</summary>
internal sealed unsafe class Sgd<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly UpdateTask _task;

    public Sgd(CpuFormat format, UpdateRule rule)
    {
        _task = new UpdateTask(format.Floats, rule);
        Needs = new OperatorNeeds { Inputs = [], Output = format, SavedBytes = rule.Momentum == 0 ? 0 : format.Bytes };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "elementwise";

    public override void Bind(Bindings bindings)
    {
        _task.Weights = Floats(bindings.Parameters[0]);
        _task.Gradient = Floats(bindings.ParameterGradients[0]);
        _task.Velocity = Floats(bindings.Saved);
    }

    public override void Forward(ThreadTeam team, in StepState state)
    {
        _task.LearningRate = state.LearningRate;
        _task.GradientScale = state.GradientScale;
        team.Run(_task, _task.Parts);
    }

    private sealed class UpdateTask(long floats, UpdateRule rule) : ElementwiseTask(floats)
    {
        public float* Weights { get; set; }

        public float* Gradient { get; set; }

        public float* Velocity { get; set; }

        public float LearningRate { get; set; }

        public float GradientScale { get; set; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Run(long first, int count)
        {
            float* weights = Weights + first, gradient = Gradient + first, velocity = Velocity == null ? null : Velocity + first;
            T decay = T.Broadcast(rule.WeightDecay), keep = T.Broadcast(rule.Momentum), scale = T.Broadcast(GradientScale);
            T rate = T.Broadcast(-LearningRate * rule.LearningRateFactor);
            bool nesterov = rule.Nesterov;
            for (int i = 0; i < count; i += T.Width)
            {
                T w = T.Load(weights + i), change = T.MultiplyAdd(decay, w, T.Multiply(scale, T.Load(gradient + i)));
                if (velocity != null)
                {
                    T v = T.MultiplyAdd(keep, T.Load(velocity + i), change);
                    T.Store(v, velocity + i);
                    change = nesterov ? T.MultiplyAdd(keep, v, change) : v;
                }

                T.Store(T.MultiplyAdd(rate, change, w), weights + i);
            }
        }
    }
}
