using AlexNetCuda.Devices;
using AlexNetCuda.Training;

namespace AlexNetCuda;

/// <summary>What training needs beside gradients: momentum, sums over several batches, norms, updates; planned first, then made.</summary>
internal sealed class TrainingPlan(IDevice device, CompileOptions options, Func<string, long, Storage> reserve, Func<IOperator, IOperator> own)
{
    private static readonly UpdateRule s_add = new(), s_clear = new(WeightDecay: 1);
    private readonly List<Entry> _entries = [];

    /// <summary>Plans for a parameter whose gradient has a format.</summary>
    public void Add(ParameterNeed need)
    {
        (string name, TensorFormat format) = (need.Parameter.Name, need.Format);
        var entry = new Entry(need);
        _entries.Add(entry);
        if (options.Sgd.Momentum != 0) entry.Momentum = reserve(name + " momentum", format.Master.Bytes);
        if (options.Accumulate) entry.Sum = reserve(name + " sum of gradients", format.Master.Bytes);
        if (options.ClipNorm is null) return;
        IOperator norm = own(device.CreateNorm(entry.Applied));
        entry.Norm = norm;
        entry.NormOutput = reserve(name + " norm", norm.Needs.Output.Bytes);
        if (norm.Needs.ForwardWorkspaceBytes > 0) entry.NormWorkspace = reserve(name + " norm's workspace", norm.Needs.ForwardWorkspaceBytes);
    }

    /// <summary>Makes the programs.</summary>
    /// <param name="arena">The memory.</param>
    /// <param name="backward">The steps that compute the gradients.</param>
    /// <param name="gradientOf">The gradient of a parameter.</param>
    /// <param name="copies">The parameters' copies.</param>
    /// <param name="link">Makes steps into a program that is freed with the executable.</param>
    public TrainingPrograms Build(
        IDeviceMemory arena, Step[] backward, Func<ParameterNeed, IBuffer> gradientOf, IReadOnlyDictionary<(string Parameter, TensorFormat Format), ParameterCopy> copies,
        Func<Step[], IProgram> link)
    {
        var programs = new TrainingPrograms();
        var updates = new List<Step>();
        foreach (Entry entry in _entries) AddUpdate(entry, updates, programs);
        if (!options.Accumulate && options.ClipNorm is null)
        {
            programs.StepSteps = [.. backward, .. updates];
            programs.Step = link(programs.StepSteps);
            return programs;
        }

        programs.UpdateSteps = [.. updates];
        programs.Update = link(programs.UpdateSteps);
        if (options.ClipNorm is not null) programs.Norms = link([.. _entries.Select(e => NormStep(e, programs))]);
        if (!options.Accumulate) return programs;
        // A sum is a parameter that learns backwards: at a rate of -1, w - rate * g adds g. At a rate of 1 a decay of 1 leaves w - (w + 0 * g) = 0; g is then any other
        // tensor of finite numbers.
        programs.AccumulateSteps = [.. backward, .. _entries.Select(e => SumStep(e, s_add, gradientOf(e.Need), e.Need.Format))];
        programs.Accumulate = link(programs.AccumulateSteps);
        programs.Clear = link([.. _entries.Select(e => SumStep(e, s_clear, MasterOf(e).Buffer, e.Need.Format.Master))]);
        return programs;

        ParameterCopy MasterOf(Entry entry) => copies[(entry.Need.Parameter.Name, entry.Need.Format.Master)];

        IBuffer Sum(Entry entry) => arena.View(entry.Sum!.Offset, entry.Need.Format.Master);

        IBuffer Applied(Entry entry) => options.Accumulate ? Sum(entry) : gradientOf(entry.Need);

        // An update, then the other formats of the same parameter made anew from the updated one.
        void AddUpdate(Entry entry, List<Step> steps, TrainingPrograms made)
        {
            string name = entry.Need.Parameter.Name;
            ParameterCopy master = MasterOf(entry);
            IBuffer? momentum = entry.Momentum is { } storage ? arena.View(storage.Offset, entry.Need.Format.Master) : null;
            if (momentum is not null) made.Momentum[name] = momentum;
            steps.Add(UpdateStep(name, master.Parameter.Info, options.Sgd.RuleFor(master.Parameter.Info), entry.Applied, master.Buffer, Applied(entry), momentum));
            made.Updated.Add(master);
            foreach (ParameterCopy other in copies.Where(c => c.Key.Parameter == name && c.Key.Format != master.Format).Select(c => c.Value))
            {
                IOperator conversion = own(device.CreateConversion(master.Format, other.Format));
                conversion.Bind(new Bindings { Inputs = [master.Buffer], Output = other.Buffer });
                steps.Add(new Step(conversion, Phase.Forward, name));
                made.Derived.Add((master, other));
            }
        }

        Step SumStep(Entry entry, UpdateRule rule, IBuffer gradient, TensorFormat format) =>
            UpdateStep(entry.Need.Parameter.Name, entry.Need.Parameter, rule, format, Sum(entry), gradient, null);

        Step UpdateStep(string name, ParameterInfo parameter, UpdateRule rule, TensorFormat format, IBuffer values, IBuffer gradient, IBuffer? momentum)
        {
            IOperator update = own(device.CreateUpdate(parameter, format, rule));
            update.Bind(new Bindings { Parameters = [values], ParameterGradients = [gradient], Saved = momentum });
            return new Step(update, Phase.Update, name);
        }

        Step NormStep(Entry entry, TrainingPrograms made)
        {
            IOperator norm = entry.Norm!;
            // The norm of a gradient scales as the gradient does; that of a sum has no scale left.
            IBuffer output = arena.View(entry.NormOutput!.Offset, norm.Needs.Output, gradient: !options.Accumulate);
            norm.Bind(new Bindings
            {
                Inputs = [Applied(entry)],
                Output = output,
                ForwardWorkspace = entry.NormWorkspace is { } workspace ? arena.View(workspace.Offset, new RawFormat(workspace.Bytes)) : null,
            });
            made.NormOutputs.Add(output);
            return new Step(norm, Phase.Forward, entry.Need.Parameter.Name);
        }
    }

    private sealed class Entry(ParameterNeed need)
    {
        public ParameterNeed Need { get; } = need;

        /// <summary>The format of what the update takes for the gradient.</summary>
        public TensorFormat Applied => Sum is null ? Need.Format : Need.Format.Master;

        public Storage? Momentum { get; set; }

        public Storage? Sum { get; set; }

        public Storage? NormOutput { get; set; }

        public Storage? NormWorkspace { get; set; }

        public IOperator? Norm { get; set; }
    }
}

/// <summary>The programs of training: either one for a whole step, or its parts.</summary>
internal sealed class TrainingPrograms
{
    /// <summary>Forward, backward and the update in one.</summary>
    public IProgram? Step { get; set; }

    public Step[]? StepSteps { get; set; }

    /// <summary>Forward, backward, and the gradients added to the sums.</summary>
    public IProgram? Accumulate { get; set; }

    public Step[]? AccumulateSteps { get; set; }

    /// <summary>Sets the sums to zero.</summary>
    public IProgram? Clear { get; set; }

    public IProgram? Norms { get; set; }

    public List<IBuffer> NormOutputs { get; } = [];

    public IProgram? Update { get; set; }

    public Step[]? UpdateSteps { get; set; }

    public Dictionary<string, IBuffer> Momentum { get; } = [];

    /// <summary>The copies that an update changes.</summary>
    public List<ParameterCopy> Updated { get; } = [];

    /// <summary>Copies in other formats that an update makes anew.</summary>
    public List<(ParameterCopy Master, ParameterCopy Other)> Derived { get; } = [];

    public IEnumerable<IProgram> All => new[] { Step, Accumulate, Clear, Norms, Update }.OfType<IProgram>();
}
