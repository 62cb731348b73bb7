using System.Globalization;

namespace AlexNetCuda.IO;

/// <summary>Files of numpy's <c>save</c> (.npy): one array each, or a dictionary of arrays as Python pickles it.</summary>
public static class NpyFile
{
    /// <summary>Reads a file of one array of floating-point numbers, integers or truth values, of version 1.0, 2.0 or 3.0, of either order of bytes and of dimensions.</summary>
    /// <param name="path">The file. Its name without extension becomes the tensor's.</param>
    /// <returns>The array, in memory; its shape is numpy's.</returns>
    /// <exception cref="WeightFileException">The file cannot be read, is no npy file or a damaged one, or its elements are of another kind.</exception>
    public static WeightTensor Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var place = new NpyPlace(path);
        using FileStream stream = InputFile.OpenStream(path);
        NpyHeader header = NpyHeader.Read(stream, place);
        if (header.Elements is null) throw place.Error($"it holds Python objects, not an array of numbers: a dictionary of layers is read by {nameof(NpyFile)}.{nameof(ReadLayers)}.");
        (int count, long size) = header.Size(place);
        long given = stream.Length - stream.Position;
        if (given != size)
        {
            throw place.Error(string.Create(
                CultureInfo.InvariantCulture, $"its shape, {TensorShapes.Show(header.Shape)} of {header.Elements.Type}, takes {size} bytes, and {given} follow the header."));
        }

        if (size > Array.MaxLength) throw place.Error("it is larger than an array holds.");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)size);
        place.Fill(stream, bytes);
        return new NpyTensor(Path.GetFileNameWithoutExtension(path), place, header, count, () => new MemoryStream(bytes, writable: false));
    }

    /// <summary>
    /// Reads a file whose array holds one object, a dictionary from layers' names to their arrays: <c>{'conv1': [weights, biases], ...}</c>, or
    /// <c>{'conv1': {'weights': ..., 'biases': ...}}</c>. The AlexNet of TensorFlow's early days, bvlc_alexnet.npy, is such a file. It is a Python pickle, which can ask
    /// for any code to be run: none is. Only dictionaries, lists, tuples, texts, whole numbers and arrays of numbers are understood; a file that asks for anything else is
    /// refused, and the message says what it asked for.
    /// </summary>
    /// <param name="path">The file, of pickle protocol 2 to 4, made by Python 2 or 3.</param>
    /// <returns>Tensors named <c>conv1/weights</c> and <c>conv1/biases</c>, in the order of the file; their shapes are the file's.</returns>
    /// <exception cref="WeightFileException">The file cannot be read, is damaged, or holds something else.</exception>
    public static IReadOnlyList<WeightTensor> ReadLayers(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var place = new NpyPlace(path);
        using FileStream stream = InputFile.OpenStream(path);
        NpyHeader header = NpyHeader.Read(stream, place);
        if (header.Elements is not null) throw place.Error($"it holds an array of numbers, not a dictionary of layers: one array is read by {nameof(NpyFile)}.{nameof(Read)}.");
        if (!TensorShapes.TryCount(header.Shape, 1, out long count, out _) || count != 1)
            throw place.Error($"it holds Python objects in the shape {TensorShapes.Show(header.Shape)}, not one dictionary of layers.");
        long size = stream.Length - stream.Position;
        if (size > Array.MaxLength) throw place.Error("it is larger than an array holds.");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)size);
        place.Fill(stream, bytes);
        return PickledLayers.Read(bytes, place);
    }

    /// <summary>Whether a file holds Python objects, so that <see cref="ReadLayers"/> and not <see cref="Read"/> is to read it.</summary>
    /// <exception cref="WeightFileException">The file cannot be read, or is no npy file.</exception>
    public static bool HoldsObjects(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = InputFile.OpenStream(path);
        return NpyHeader.Read(stream, new NpyPlace(path)).Elements is null;
    }

    /// <summary>Writes a file of one array, of version 1.0, row-major, least significant byte first: byte for byte what numpy writes. Whole under its name, or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="tensor">The array; its name is not kept.</param>
    /// <param name="cancellation">Stops the work; nothing is left behind.</param>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public static void Write(string path, TensorToWrite tensor, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        AtomicFile.Write(path, stream => WriteTo(stream, tensor, cancellation));
    }

    internal static void WriteTo(Stream stream, TensorToWrite tensor, CancellationToken cancellation)
    {
        stream.Write(NpyHeader.Write(tensor.DataType, tensor.Shape));
        TensorPieces.Write(tensor, stream, cancellation);
    }
}
