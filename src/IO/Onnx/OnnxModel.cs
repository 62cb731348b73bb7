using AlexNetCuda.Initialization;
using AlexNetCuda.IO.Onnx;

namespace AlexNetCuda.IO;

/// <summary>A network and its weights from a file of the Open Neural Network Exchange (https://onnx.ai), versions 7 to 22 of its operators.</summary>
public sealed class OnnxModel
{
    private OnnxModel(Network network, Parameters parameters, OnnxGraph graph, string producer)
    {
        (Network, Parameters, Producer) = (network, parameters, producer);
        (InputName, OutputName, OperatorSet) = (graph.Input, graph.Output, (int)graph.OperatorSet);
    }

    /// <summary>
    /// The network. Layers are named as the graph's nodes, or as their outputs where these have no names, with other characters than letters, digits and <c>_ . - / :</c>
    /// replaced by <c>_</c>, and numbered where names are the same. Its target is the graph's output, as rows where that is rows or [N, C, 1, 1] behind a softmax. It has no loss.
    /// </summary>
    public Network Network { get; }

    /// <summary>The weights, as float32.</summary>
    public Parameters Parameters { get; }

    /// <summary>The name of the images in the file.</summary>
    public string InputName { get; }

    /// <summary>The name of the output in the file.</summary>
    public string OutputName { get; }

    /// <summary>The version of ONNX's operators that the file is written for.</summary>
    public int OperatorSet { get; }

    /// <summary>What wrote the file, in its own words; may be empty.</summary>
    public string Producer { get; }

    /// <summary>
    /// Reads a file. The graph has one input, of [N, C, H, W] or [N, features] with all but N fixed, and one output; weights are initialisers or constants in the file itself.
    /// These operators become layers or fall away: Add (of a bias behind a Conv, Gemm or MatMul), ArgMax, AveragePool, Concat (of channels), Constant, ConstantOfShape, Conv,
    /// Dropout, Flatten, Gemm, GlobalAveragePool, Identity, LRN, MatMul, MaxPool, Relu, Reshape (to [N, features]), Softmax, Squeeze, Unsqueeze.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OnnxException">
    /// It is no ONNX model, contradicts itself, or has something that is not supported; the message names the file, the node or tensor, and what is wrong.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static OnnxModel Load(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Make(OnnxFile.ReadModel(path), path, cancellation);
    }

    internal static OnnxModel Make(ModelProto model, string path, CancellationToken cancellation = default)
    {
        (Network network, OnnxGraph graph, IReadOnlyDictionary<string, Action<Parameter>> values) = OnnxImporter.Import(model, path);
        Parameters parameters = network.CreateParameters(initializer: new ConstantInitializer(0), cancellation: cancellation);
        foreach (Parameter parameter in parameters.All)
        {
            cancellation.ThrowIfCancellationRequested();
            values[parameter.Info.Name](parameter);
        }

        return new OnnxModel(network, parameters, graph, model.ProducerName);
    }
}
