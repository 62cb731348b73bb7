using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlexNetCuda.Devices;
using AlexNetCuda.Layers;

namespace AlexNetCuda.Cpu;

/// <summary>Max-pooling and average pooling. A part is one block of 16 channels of one image.</summary>
internal sealed unsafe class Pool<T> : CpuOperator
    where T : unmanaged, IVector<T>
{
    private readonly PoolTask _forward;
    private readonly PoolTask? _backward;

    public Pool(Region region)
    {
        ShapedLayer shaped = region.Layers[0];
        var layer = (PoolLayer)shaped.Layer;
        BlockedFormat input = new(shaped.Inputs[0]), output = new(shaped.Output);
        WindowGeometry window = layer.Window.Resolve(layer.Name, input.Logical.H, input.Logical.W);
        bool max = layer is MaxPoolLayer, countPadding = layer is AveragePoolLayer { CountPadding: true };
        _forward = max ? new MaxForward(window, input, output) : new AverageForward(window, input, output, countPadding);
        if (region.Backward) _backward = max ? new MaxBackward(window, input, output) : new AverageBackward(window, input, output, countPadding);
        // The maximum is found again by comparing: no index is stored.
        Needs = new OperatorNeeds { Inputs = [input], Output = output, BackwardReadsInput = max, BackwardReadsOutput = max };
    }

    public override OperatorNeeds Needs { get; }

    public override string Algorithm => "direct";

    public override void Bind(Bindings bindings)
    {
        _forward.Bind(Floats(bindings.Inputs[0]), Floats(bindings.Output), null, null);
        _backward?.Bind(Floats(bindings.Inputs[0]), Floats(bindings.Output), Floats(bindings.OutputGradient), Floats(bindings.InputGradient));
    }

    public override void Forward(ThreadTeam team, in StepState state) => team.Run(_forward, _forward.Parts);

    public override void Backward(ThreadTeam team, in StepState state) => team.Run(_backward!, _backward!.Parts);

    /// <summary>The rows and columns of the input that a window covers.</summary>
    private readonly struct Area
    {
        public readonly int Top, Bottom, Left, Right;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Area(WindowGeometry g, int y, int x)
        {
            int top = (y * g.StrideHeight) - g.PadTop, left = (x * g.StrideWidth) - g.PadLeft;
            Top = Math.Max(0, top);
            Bottom = Math.Min(g.Height, top + g.KernelHeight);
            Left = Math.Max(0, left);
            Right = Math.Min(g.Width, left + g.KernelWidth);
        }
    }

    private abstract class PoolTask(WindowGeometry window, BlockedFormat input, BlockedFormat output) : TeamTask
    {
        private float* _input, _output, _outputGradient, _inputGradient;

        public int Parts => input.Logical.N * input.Blocks;

        protected WindowGeometry Window { get; } = window;

        public void Bind(float* input, float* output, float* outputGradient, float* inputGradient)
        {
            _input = input;
            _output = output;
            _outputGradient = outputGradient;
            _inputGradient = inputGradient;
        }

        public sealed override void Execute(int part, int worker)
        {
            long inputPlane = (long)part * input.Pixels * Tile.Block, outputPlane = (long)part * output.Pixels * Tile.Block;
            float* inputGradient = _inputGradient == null ? null : _inputGradient + inputPlane;
            if (inputGradient != null) NativeMemory.Clear(inputGradient, (nuint)((long)input.Pixels * Tile.Block * sizeof(float)));
            Plane(_input + inputPlane, _output + outputPlane, _outputGradient + outputPlane, inputGradient);
        }

        /// <summary>Does one block of channels of one image; the gradient of the input is 0 at first.</summary>
        protected abstract void Plane(float* input, float* output, float* outputGradient, float* inputGradient);
    }

    private sealed class MaxForward(WindowGeometry window, BlockedFormat input, BlockedFormat output) : PoolTask(window, input, output)
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Plane(float* input, float* output, float* outputGradient, float* inputGradient)
        {
            for (int y = 0; y < Window.OutputHeight; y++)
            {
                for (int x = 0; x < Window.OutputWidth; x++, output += Tile.Block)
                {
                    var area = new Area(Window, y, x);
                    for (int lane = 0; lane < Tile.Block; lane += T.Width)
                    {
                        float* from = input + lane;
                        T max = T.Load(from + (((area.Top * Window.Width) + area.Left) * Tile.Block));
                        for (int i = area.Top; i < area.Bottom; i++)
                        {
                            float* row = from + (i * Window.Width * Tile.Block);
                            for (int j = area.Left; j < area.Right; j++) max = T.MaxNaN(max, T.Load(row + (j * Tile.Block)));
                        }

                        T.Store(max, output + lane);
                    }
                }
            }
        }
    }

    private sealed class MaxBackward(WindowGeometry window, BlockedFormat input, BlockedFormat output) : PoolTask(window, input, output)
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Plane(float* input, float* output, float* outputGradient, float* inputGradient)
        {
            for (int y = 0; y < Window.OutputHeight; y++)
            {
                for (int x = 0; x < Window.OutputWidth; x++, output += Tile.Block, outputGradient += Tile.Block)
                {
                    var area = new Area(Window, y, x);
                    for (int lane = 0; lane < Tile.Block; lane += T.Width)
                    {
                        // Each lane gives its gradient to the first pixel that equals the maximum.
                        T max = T.Load(output + lane), left = T.Load(outputGradient + lane);
                        for (int i = area.Top; i < area.Bottom; i++)
                        {
                            int offset = (((i * Window.Width) + area.Left) * Tile.Block) + lane;
                            for (int j = area.Left; j < area.Right; j++, offset += Tile.Block)
                            {
                                T same = T.SameMask(T.Load(input + offset), max);
                                T.Store(T.Add(T.Load(inputGradient + offset), T.And(same, left)), inputGradient + offset);
                                left = T.AndNot(same, left);
                            }
                        }
                    }
                }
            }
        }
    }

    private abstract class AverageTask(WindowGeometry window, BlockedFormat input, BlockedFormat output, bool countPadding) : PoolTask(window, input, output)
    {
        /// <summary>One over the number of pixels that count in a window.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        protected float Share(in Area area, int y, int x)
        {
            if (!countPadding) return 1f / ((area.Bottom - area.Top) * (area.Right - area.Left));
            int top = (y * Window.StrideHeight) - Window.PadTop, left = (x * Window.StrideWidth) - Window.PadLeft;
            int rows = Math.Min(top + Window.KernelHeight, Window.Height + Window.PadBottom) - top;
            int columns = Math.Min(left + Window.KernelWidth, Window.Width + Window.PadRight) - left;
            return 1f / (rows * columns);
        }
    }

    private sealed class AverageForward(WindowGeometry window, BlockedFormat input, BlockedFormat output, bool countPadding)
        : AverageTask(window, input, output, countPadding)
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Plane(float* input, float* output, float* outputGradient, float* inputGradient)
        {
            for (int y = 0; y < Window.OutputHeight; y++)
            {
                for (int x = 0; x < Window.OutputWidth; x++, output += Tile.Block)
                {
                    var area = new Area(Window, y, x);
                    T share = T.Broadcast(Share(area, y, x));
                    for (int lane = 0; lane < Tile.Block; lane += T.Width)
                    {
                        T sum = T.Zero;
                        for (int i = area.Top; i < area.Bottom; i++)
                            for (int j = area.Left; j < area.Right; j++) sum = T.Add(sum, T.Load(input + (((i * Window.Width) + j) * Tile.Block) + lane));
                        T.Store(T.Multiply(sum, share), output + lane);
                    }
                }
            }
        }
    }

    private sealed class AverageBackward(WindowGeometry window, BlockedFormat input, BlockedFormat output, bool countPadding)
        : AverageTask(window, input, output, countPadding)
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Plane(float* input, float* output, float* outputGradient, float* inputGradient)
        {
            for (int y = 0; y < Window.OutputHeight; y++)
            {
                for (int x = 0; x < Window.OutputWidth; x++, outputGradient += Tile.Block)
                {
                    var area = new Area(Window, y, x);
                    T share = T.Broadcast(Share(area, y, x));
                    for (int lane = 0; lane < Tile.Block; lane += T.Width)
                    {
                        T gradient = T.Multiply(T.Load(outputGradient + lane), share);
                        for (int i = area.Top; i < area.Bottom; i++)
                        {
                            for (int j = area.Left; j < area.Right; j++)
                            {
                                float* to = inputGradient + (((i * Window.Width) + j) * Tile.Block) + lane;
                                T.Store(T.Add(T.Load(to), gradient), to);
                            }
                        }
                    }
                }
            }
        }
    }
}
