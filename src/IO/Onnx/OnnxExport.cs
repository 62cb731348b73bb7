using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using AlexNetCuda.IO.Onnx;
using Google.Protobuf;
using DataType = AlexNetCuda.IO.Onnx.TensorProto.Types.DataType;

namespace AlexNetCuda.IO;

/// <summary>Writes networks with their weights as files of the Open Neural Network Exchange (https://onnx.ai): version 7 of the format, version 13 of the operators.</summary>
public static class OnnxExport
{
    /// <summary>The version of the format that came with version 13 of the operators (https://github.com/onnx/onnx/blob/main/docs/Versioning.md).</summary>
    internal const string Producer = "AlexNetCuda";

    private const int FormatVersion = 7;

    /// <summary>
    /// Writes a network for inference, up to its target. The input is named <c>input</c> and is [N, C, H, W]; the output is named as the target's layer (as the layer before,
    /// where that is a dropout, which falls away), float32, or int64 where it is an argmax. Weights are float32 with the names of the parameters; they are written one after
    /// the other, so that the largest takes memory once more, not all. The file appears whole or not at all.
    /// </summary>
    /// <param name="path">The file, which is replaced where it exists.</param>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="options">Batch and target; null for an open batch and the network's target.</param>
    /// <param name="cancellation">Stops the work; nothing is left of the file.</param>
    /// <exception cref="OnnxException">The target is a loss or the images, the file would take 2 GiB or more, which protobuf does not allow, or it cannot be written.</exception>
    /// <exception cref="ArgumentException">The parameters are another network's, the network has no such target, or the batch is below 1.</exception>
    public static void Write(string path, Network network, Parameters parameters, OnnxExportOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(parameters);
        (ModelProto model, GraphDescription description, long graph) = Plan(path, network, options ?? new OnnxExportOptions());
        Parameter[] weights = [.. description.Parameters.Select(info => Matching(parameters, info, network))];
        AtomicFile.Write(path, stream =>
        {
            using var output = new CodedOutputStream(stream, leaveOpen: true);
            model.WriteTo(output);
            WriteHead(output, ModelProto.GraphFieldNumber, graph);
            description.Graph.WriteTo(output);
            foreach (Parameter weight in weights)
            {
                cancellation.ThrowIfCancellationRequested();
                WriteTensor(output, stream, weight);
            }
        }, (reason, cause) => new OnnxException(path, reason, cause));
    }

    /// <summary>All of the file but the weights: the model without its graph, the graph without its initialisers, and the graph's bytes with them.</summary>
    /// <exception cref="OnnxException">The network cannot be written, or the file would be too large.</exception>
    internal static (ModelProto Model, GraphDescription Graph, long GraphBytes) Plan(string path, Network network, OnnxExportOptions options)
    {
        var description = new GraphDescription(network, options, path);
        var model = new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxExport).Assembly.GetName().Version?.ToString() ?? "",
            OpsetImport = { new OperatorSetIdProto { Version = GraphDescription.OperatorSet } },
        };
        long graph = description.Graph.CalculateSize() + description.Parameters.Sum(p => FieldSize(GraphProto.InitializerFieldNumber, TensorSize(p)));
        long total = model.CalculateSize() + FieldSize(ModelProto.GraphFieldNumber, graph);
        if (total > int.MaxValue)
        {
            throw new OnnxException(path, string.Create(
                CultureInfo.InvariantCulture, $"network '{network.Name}' would take {total} bytes, and a file of protobuf, as ONNX's are, at most {int.MaxValue}."));
        }

        return (model, description, graph);
    }

    private static Parameter Matching(Parameters parameters, ParameterInfo info, Network network)
    {
        Parameter parameter = parameters[info.Name];
        return parameter.Info.Shape == info.Shape
            ? parameter
            : throw new ArgumentException($"Parameter '{info.Name}' has shape {parameter.Info.Shape}; network '{network.Name}' needs {info.Shape}.", nameof(parameters));
    }

    /// <summary>What of a tensor comes before its elements.</summary>
    private static TensorProto Head(ParameterInfo parameter) =>
        new() { Name = parameter.Name, DataType = DataType.Float, Dims = { parameter.Shape.ToArray().Select(d => (long)d) } };

    private static long TensorSize(ParameterInfo parameter) =>
        Head(parameter).CalculateSize() + FieldSize(TensorProto.RawDataFieldNumber, parameter.Shape.Count * sizeof(float));

    /// <summary>The bytes of a field of so many bytes, with its tag and length (https://protobuf.dev/programming-guides/encoding/).</summary>
    private static long FieldSize(int field, long bytes) =>
        CodedOutputStream.ComputeTagSize(field) + CodedOutputStream.ComputeUInt64Size((ulong)bytes) + bytes;

    private static void WriteHead(CodedOutputStream output, int field, long bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteUInt64((ulong)bytes);
    }

    private static void WriteTensor(CodedOutputStream output, FileStream stream, Parameter parameter)
    {
        WriteHead(output, GraphProto.InitializerFieldNumber, TensorSize(parameter.Info));
        Head(parameter.Info).WriteTo(output);
        var values = new float[parameter.Info.Shape.Count];
        parameter.Read(values);
        Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        if (!BitConverter.IsLittleEndian)
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], values[i]);
        WriteHead(output, TensorProto.RawDataFieldNumber, bytes.Length);
        output.Flush();
        stream.Write(bytes);
    }
}
