namespace AlexNetCuda.IO;

/// <summary>Where an array is, for messages: a file, and an entry of it if it is an archive.</summary>
internal readonly record struct NpyPlace(string Path, string? Entry = null)
{
    public WeightFileException Error(string reason, Exception? cause = null) =>
        new(Path, Entry is null ? reason : $"array {TensorShapes.Show(Entry)}: {reason}", cause);

    /// <summary>Reads exactly as many bytes as there is room for; what goes wrong is an error of this place.</summary>
    public void Fill(Stream stream, Span<byte> destination)
    {
        try
        {
            stream.ReadExactly(destination);
        }
        catch (EndOfStreamException e)
        {
            throw Error("it is cut short.", e);
        }
        catch (InvalidDataException e)
        {
            throw Error($"its compressed data are damaged: {TensorShapes.Printable(e.Message)}", e);
        }
        catch (IOException e)
        {
            throw InputFile.CannotRead(Path, e);
        }
    }
}
