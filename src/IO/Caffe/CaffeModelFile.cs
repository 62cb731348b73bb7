using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AlexNetCuda.IO;

/// <summary>
/// Reads a model of Caffe (<c>.caffemodel</c>), a NetParameter (BVLC Caffe, src/caffe/proto/caffe.proto): layers of today's form (field 100: name 1, blobs 7) and of the
/// form before it (field 2, V1LayerParameter: name 4, blobs 6). The file is looked through when it is opened; values are read when they are asked for.
/// Several threads may read at once.
/// </summary>
public sealed class CaffeModelFile : IDisposable
{
    private const int NameField = 1, V1Layers = 2, Layers = 100;
    private const int MostLayers = 10_000, MostBlobs = 100, LongestName = 1000;
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly List<WeightTensor> _tensors = [];
    private readonly HashSet<string> _names = [];
    private int _layers;

    private CaffeModelFile(SafeFileHandle handle, string path)
    {
        (_handle, _path) = (handle, path);
        var net = new WireReader(handle, path);
        while (net.TryReadTag(out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (NameField, WireReader.LengthDelimited):
                    Name = ReadText(net);
                    break;
                case (Layers, WireReader.LengthDelimited):
                    ReadLayer(net.ReadMessage(), nameField: 1, blobsField: 7);
                    break;
                case (V1Layers, WireReader.LengthDelimited):
                    ReadLayer(net.ReadMessage(), nameField: 4, blobsField: 6);
                    break;
                default:
                    net.Skip(wireType);
                    break;
            }
        }

        if (_tensors.Count == 0) throw new WeightFileException(path, "it has no layer with values: it is no caffemodel, or one of a form before 2014 (V0), which is not supported.");
    }

    /// <summary>The network's name in the file; empty if it has none.</summary>
    public string Name { get; } = "";

    /// <summary>
    /// The blobs, in the order of the file: <c>conv1/weights</c> is blob 0 of layer conv1, <c>conv1/biases</c> blob 1, <c>conv1/2</c> a third. Filters are
    /// [out, in / groups, height, width], matrices [out, in]; older files have four dimensions for all, those in front 1.
    /// </summary>
    public IReadOnlyList<WeightTensor> Tensors => _tensors;

    /// <summary>Opens a file and looks through it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">It is not there, may not be read, is no caffemodel or a damaged one.</exception>
    public static CaffeModelFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle handle = InputFile.Open(path);
        try
        {
            return new CaffeModelFile(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private static string NameOf(string layer, int blob) => blob switch
    {
        0 => layer + "/weights",
        1 => layer + "/biases",
        _ => string.Create(CultureInfo.InvariantCulture, $"{layer}/{blob}"),
    };

    private static string ReadText(WireReader message)
    {
        string text = Encoding.UTF8.GetString(message.ReadBytes(LongestName));
        return text.Any(char.IsControl) ? throw message.Error("a name has control characters") : text;
    }

    private void ReadLayer(WireReader message, int nameField, int blobsField)
    {
        if (++_layers > MostLayers) throw message.Error(string.Create(CultureInfo.InvariantCulture, $"there are more than {MostLayers} layers"));
        string name = "";
        var blobs = new List<WireReader>();
        while (message.TryReadTag(out int field, out int wireType))
        {
            if (field == nameField && wireType == WireReader.LengthDelimited) name = ReadText(message);
            else if (field == blobsField && wireType == WireReader.LengthDelimited) blobs.Add(message.ReadMessage());
            else message.Skip(wireType);
            if (blobs.Count > MostBlobs) throw message.Error(string.Create(CultureInfo.InvariantCulture, $"a layer has more than {MostBlobs} blobs"));
        }

        if (blobs.Count > 0 && !_names.Add(name)) throw message.Error($"there are two layers {TensorShapes.Show(name)} with values");
        for (int i = 0; i < blobs.Count; i++)
        {
            string full = NameOf(name, i);
            _tensors.Add(new CaffeTensor(full, CaffeBlob.Read(blobs[i], _path, full), _handle, _path));
        }
    }
}
