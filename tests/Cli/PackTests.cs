using System.Text;
using AlexNetCuda.IO;
using Xunit;

namespace AlexNetCuda.Cli.Tests;

public sealed class PackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_becomes_a_pack_and_bad_pictures_are_named()
    {
        Add("in/cat/1.ppm");
        Add("in/dog/1.ppm");
        Add("in/dog/short.ppm", bytesLess: 1);
        RunResult result = Alexnet.Run("pack", _folder["in"], _folder["out.pack"], "--size", "16");
        Assert.Equal(0, result.Code);
        Assert.Equal(_folder["out.pack"] + ": 2 pictures of 2 classes, 1 skipped, 0.0 MiB", Assert.Single(result.Lines));
        Assert.Equal("alexnet: dog/short.ppm: the PPM file is cut short. It is skipped.", result.Message);
        using PackedDataset pack = PackedDataset.Open(_folder["out.pack"]);
        Assert.Equal((2, 16, "dog/1.ppm"), (pack.Count, pack.ShorterSide, pack.NameOf(1)));
    }

    [Fact]
    public void What_cannot_be_packed_gives_1_and_leaves_nothing()
    {
        Add("in/cat/1.ppm");
        Assert.Contains("only one class folder, 'cat'", Failed(1, "pack", _folder["in"], _folder["out.pack"]), StringComparison.Ordinal);
        Assert.Contains("there is no such folder", Failed(1, "pack", _folder["missing"], _folder["out.pack"]), StringComparison.Ordinal);
        Add("in/dog/1.ppm");
        Assert.Contains("it cannot be written", Failed(1, "pack", _folder["in"], _folder["no/out.pack"]), StringComparison.Ordinal);
        Assert.Contains("--size is a whole number", Failed(2, "pack", _folder["in"], _folder["out.pack"], "--size", "0"), StringComparison.Ordinal);
        Assert.Equal([_folder["in"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Packing_can_be_interrupted()
    {
        Add("in/cat/1.ppm");
        Add("in/dog/1.ppm");
        Assert.Equal(130, Alexnet.Run(["pack", _folder["in"], _folder["out.pack"]], new CancellationToken(canceled: true)).Code);
        Assert.False(File.Exists(_folder["out.pack"]));
    }

    private static string Failed(int code, params string[] args)
    {
        RunResult result = Alexnet.Run(args);
        Assert.Equal(code, result.Code);
        return result.Message;
    }

    private void Add(string name, int bytesLess = 0)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        byte[] header = Encoding.ASCII.GetBytes("P6 20 30 255\n"), pixels = new byte[(3 * 20 * 30) - bytesLess];
        File.WriteAllBytes(_folder[name], [.. header, .. pixels]);
    }
}
