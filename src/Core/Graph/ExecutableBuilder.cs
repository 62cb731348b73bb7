using AlexNetCuda.Devices;

namespace AlexNetCuda;

/// <summary>Builds an executable: lowers the network, plans the memory, binds the operators and links the programs.</summary>
internal sealed class ExecutableBuilder : IDisposable
{
    private readonly IDevice _device;
    private readonly Parameters? _parameters; // null where memory is only planned
    private readonly CompileOptions _options;
    private readonly Lowering _lowering;
    private readonly List<Storage> _storages = [];
    private readonly Dictionary<LoweredOperator, Storage> _saved = [], _forwardWorkspace = [], _backwardWorkspace = [];
    private readonly Dictionary<(string Parameter, TensorFormat Format), Storage> _gradients = [];
    private readonly TrainingPlan? _training;
    private readonly Dictionary<(string Parameter, TensorFormat Format), ParameterCopy> _copies = [];
    private readonly List<IDisposable> _owned = []; // in the order of making
    private IDeviceMemory _arena = null!;

    private ExecutableBuilder(Network network, IDevice device, Parameters? parameters, CompileOptions options)
    {
        (_device, _parameters, _options) = (device, parameters, options);
        _lowering = new Lowering(network, device, options);
        if (options.Mode == ExecutionMode.Training) _training = new TrainingPlan(device, options, (name, bytes) => Reserve(name, bytes, 0, Storage.Always), Own);
    }

    private int ForwardCount => _lowering.Operators.Count;

    private int End => 3 * ForwardCount;

    public static Executable Build(Network network, IDevice device, Parameters parameters, CompileOptions options)
    {
        ExecutableBuilder builder = new(network, device, parameters, options);
        return builder.FreeingOnFailure(() => builder.Build(network));
    }

    /// <summary>What <see cref="Build(Network, IDevice, Parameters, CompileOptions)"/> would allocate, of the same plan; the operators it takes are freed again.</summary>
    public static MemoryRequirements Plan(Network network, IDevice device, CompileOptions options)
    {
        ExecutableBuilder builder = new(network, device, null, options);
        MemoryRequirements requirements = builder.FreeingOnFailure(() => new MemoryRequirements(
            builder.PlanArena(),
            builder.Copies().DistinctBy(n => (n.Parameter.Name, n.Format)).Sum(n => n.Format.Bytes)));
        builder.Dispose();
        return requirements;
    }

    private T FreeingOnFailure<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception cause)
        {
            try
            {
                Dispose();
            }
            catch (Exception freeing)
            {
                throw new AggregateException($"{cause.Message} Then not all that had been made could be freed: {freeing.Message}", cause, freeing);
            }

            throw;
        }
    }

    /// <summary>Lowers the network and places everything; returns the arena's size.</summary>
    private long PlanArena()
    {
        _lowering.Run();
        foreach (Value source in _lowering.Values.Values.Where(v => v.Producer is null)) PlanValue(source);
        foreach (LoweredOperator op in _lowering.Operators)
        {
            PlanValue(op.Output);
            PlanOperator(op);
        }

        foreach (LoweredOperator op in Enumerable.Reverse(_lowering.Operators))
            for (int i = 0; i < op.Inputs.Count; i++) PlanInputGradient(op, i);
        return MemoryPlan.Place(_storages, _device.Info.Alignment);
    }

    private Executable Build(Network network)
    {
        _arena = _device.Allocate(PlanArena());
        foreach (ParameterNeed need in Copies()) AcquireCopy(need);
        foreach (LoweredOperator op in _lowering.Operators) Bind(op);

        Step[] forward = [.. _lowering.Operators.Select(o => new Step(o.Operator, Phase.Forward, o.Layer))];
        Step[] backward = [.. Enumerable.Reverse(_lowering.Operators).Where(o => o.Backward).Select(o => new Step(o.Operator, Phase.Backward, o.Layer))];
        var parts = new ExecutableParts
        {
            Network = network,
            Device = _device,
            Options = _options,
            Target = _lowering.Target,
            Arena = _arena,
            Copies = [.. _copies.Values],
            Work = StepWork.Of(_lowering.Operators),
            Forward = Link(forward),
            ForwardSteps = forward,
            Values = _lowering.Values.Where(v => v.Value.Kept).ToDictionary(v => v.Key, v => _arena.View(v.Value.Data!.Offset, v.Value.Format)),
            Gradients = _gradients.ToDictionary(g => g.Key.Parameter, g => _arena.View(g.Value.Offset, g.Key.Format, gradient: true)),
        };
        if (_lowering.WithGradients)
        {
            parts.BackwardSteps = [.. forward, .. backward];
            parts.ForwardBackward = Link(parts.BackwardSteps);
            Value input = _lowering.Values[Network.InputName];
            if (input.Gradient is { } storage) parts.InputGradient = _arena.View(storage.Offset, input.Format, gradient: true);
        }

        parts.Training = _training?.Build(_arena, parts.BackwardSteps!, n => _arena.View(_gradients[(n.Parameter.Name, n.Format)].Offset, n.Format, gradient: true), _copies, Link);
        parts.Owner = this;
        return new Executable(parts);
    }

    private IProgram Link(Step[] steps)
    {
        IProgram program = _device.Link(steps, _options.Timed);
        _owned.Add(program);
        return program;
    }

    private int BackwardTime(LoweredOperator op) => (2 * ForwardCount) - 1 - op.Index;

    private Storage Reserve(string name, long bytes, int first, int last)
    {
        var storage = new Storage(name, bytes, first, last);
        _storages.Add(storage);
        return storage;
    }

    private void PlanValue(Value value)
    {
        int first = value.Producer?.Index ?? 0, last = first;
        foreach (LoweredOperator reader in value.Consumers)
        {
            last = Math.Max(last, reader.Index);
            if (reader.Backward && reader.Operator.Needs.BackwardReadsInput) last = Math.Max(last, BackwardTime(reader));
        }

        if (value.Producer is { Backward: true } producer && producer.Operator.Needs.BackwardReadsOutput) last = Math.Max(last, BackwardTime(producer));
        if (value.Kept) last = End;
        if (value.Producer is null) (first, last) = (0, Storage.Always); // written between runs
        value.Data = Overwritten(value, first, last) ?? Reserve(value.Name, value.Format.Bytes, first, last);
    }

    /// <summary>The storage of the producer's input, where the output may take its place and nobody reads it later.</summary>
    private static Storage? Overwritten(Value value, int first, int last)
    {
        if (value.Producer is not { } producer || !producer.Operator.Needs.OutputMayOverwriteInput) return null;
        Storage input = producer.Inputs[0].Data!;
        if (input.Last != first || input.Bytes < value.Format.Bytes) return null;
        input.Last = last;
        return input;
    }

    /// <summary>Plans the gradient of an operator's input; those of later operators are planned already.</summary>
    private void PlanInputGradient(LoweredOperator op, int index)
    {
        Value input = op.Inputs[index];
        if (!op.Backward || !input.NeedsGradient) return;
        int read = input.Producer is { } producer ? BackwardTime(producer) : End;
        if (index == 0 && op.Operator.Needs.InputGradientMayOverwriteOutputGradient && op.Output.Gradient is { } shared && shared.Bytes >= input.Format.Bytes)
        {
            shared.Last = read;
            input.Gradient = shared;
        }
        else
        {
            input.Gradient = Reserve(input.Name + " gradient", input.Format.Bytes, BackwardTime(op), read);
        }
    }

    private void PlanOperator(LoweredOperator op)
    {
        OperatorNeeds needs = op.Operator.Needs;
        int backward = BackwardTime(op);
        if (needs.SavedBytes > 0) _saved[op] = Reserve(op.Layer + " saved", needs.SavedBytes, op.Index, op.Backward ? backward : op.Index);
        if (needs.ForwardWorkspaceBytes > 0) _forwardWorkspace[op] = Reserve(op.Layer + " workspace", needs.ForwardWorkspaceBytes, op.Index, op.Index);
        if (op.Backward && needs.BackwardWorkspaceBytes > 0)
            _backwardWorkspace[op] = Reserve(op.Layer + " backward workspace", needs.BackwardWorkspaceBytes, backward, backward);
        foreach (ParameterNeed need in needs.ParameterGradients)
        {
            string name = need.Parameter.Name;
            if (!_gradients.TryAdd((name, need.Format), Reserve(name + " gradient", need.Format.Bytes, backward, End)))
                throw new NotSupportedException($"Parameter '{name}' is used by more than one layer; sums of its gradients are not supported.");
            _training?.Add(need);
        }
    }

    /// <summary>The copies of parameters that operators and updates work with; one may come up more than once.</summary>
    private IEnumerable<ParameterNeed> Copies()
    {
        IEnumerable<ParameterNeed> read = _lowering.Operators.SelectMany(o => o.Operator.Needs.Parameters);
        return _options.Mode != ExecutionMode.Training
            ? read
            : read.Concat(_lowering.Operators.SelectMany(o => o.Operator.Needs.ParameterGradients).Select(n => n with { Format = n.Format.Master }));
    }

    private void AcquireCopy(ParameterNeed need)
    {
        var key = (need.Parameter.Name, need.Format);
        if (!_copies.ContainsKey(key)) _copies[key] = _parameters!.Matching(need.Parameter).Acquire(_device, need.Format);
    }

    private void Bind(LoweredOperator op)
    {
        OperatorNeeds needs = op.Operator.Needs;
        op.Operator.Bind(new Bindings
        {
            Inputs = [.. op.Inputs.Select(v => _arena.View(v.Data!.Offset, v.Format))],
            Output = _arena.View(op.Output.Data!.Offset, op.Output.Format),
            InputGradient = InputGradient(op, 0),
            InputGradients = [.. op.Inputs.Select((_, i) => InputGradient(op, i))],
            OutputGradient = op.Backward && op.Output.Gradient is { } output ? _arena.View(output.Offset, op.Output.Format) : null,
            Parameters = [.. needs.Parameters.Select(n => _copies[(n.Parameter.Name, n.Format)].Buffer)],
            ParameterGradients = [.. needs.ParameterGradients.Select(n => _arena.View(_gradients[(n.Parameter.Name, n.Format)].Offset, n.Format))],
            Saved = Bytes(_saved, op),
            ForwardWorkspace = Bytes(_forwardWorkspace, op),
            BackwardWorkspace = Bytes(_backwardWorkspace, op),
        });
    }

    private IBuffer? InputGradient(LoweredOperator op, int index) =>
        op.Backward && op.Inputs[index].Gradient is { } gradient ? _arena.View(gradient.Offset, op.Inputs[index].Format) : null;

    private IBuffer? Bytes(Dictionary<LoweredOperator, Storage> storages, LoweredOperator op) =>
        storages.TryGetValue(op, out Storage? storage) ? _arena.View(storage.Offset, new RawFormat(storage.Bytes)) : null;

    private IOperator Own(IOperator op)
    {
        _owned.Add(op);
        return op;
    }

    /// <summary>Frees everything; each even if another fails.</summary>
    public void Dispose()
    {
        var errors = new List<Exception>();
        void Try(Action free)
        {
            try
            {
                free();
            }
            catch (Exception e)
            {
                errors.Add(e);
            }
        }

        foreach (IDisposable owned in Enumerable.Reverse(_owned)) Try(owned.Dispose);
        foreach (LoweredOperator op in _lowering.Operators) Try(op.Operator.Dispose);
        foreach (ParameterCopy copy in _copies.Values) Try(copy.Release);
        if (_arena is not null) Try(_arena.Dispose);
        if (errors.Count > 0) throw new AggregateException("Some of what an executable owned could not be freed.", errors);
    }
}
