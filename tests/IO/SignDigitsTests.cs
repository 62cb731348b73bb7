using System.Diagnostics;
using Xunit;

namespace AlexNetCuda.IO.Tests;

/// <summary>Real photographs from a phone, beside the repository on some machines.</summary>
public class SignDigitsTests
{
    [Fact]
    public void All_1551_photographs_are_decoded_and_nothing_else_is_taken_for_one()
    {
        string folder = TestFiles.SignDigits();
        TurboJpegEncoder.SkipIfAbsent();
        var watch = Stopwatch.StartNew();
        PictureSet set = PictureSet.Load(folder, 227);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
        Assert.Equal(1551, set.Count);
        Assert.Empty(set.Skipped);

        var data = new float[3 * 227 * 227];
        set.CopyBatch(1550, 1, data);
        Assert.All(data, v => Assert.InRange(v, -123.68f, 255 - 103.94f));
        Assert.True(data.Max() - data.Min() > 50, "the photograph is nearly one colour");
    }

    [Fact]
    public void The_large_photograph_is_turned_upright_and_decoded_small()
    {
        string path = Path.Combine(TestFiles.SignDigits(), "7", "IMG_5874.JPG");
        TurboJpegEncoder.SkipIfAbsent();
        Assert.Equal(6, JpegMarkers.Read(File.ReadAllBytes(path)).Orientation);
        Picture small = PictureDecoder.Decode(path, 227), whole = PictureDecoder.Decode(path);
        Assert.Equal((378, 378), (small.Width, small.Height));
        Assert.Equal((3024, 3024), (whole.Width, whole.Height));
        PictureAssert.Close(PictureTransform.ResizeAndCrop(whole, 64), PictureTransform.ResizeAndCrop(small, 64), 12);
    }

    [Fact]
    public void Photographs_come_out_of_the_folder_and_of_a_pack_with_the_same_bits()
    {
        using FolderDataset folder = FolderDataset.Open(TestFiles.SignDigits());
        TurboJpegEncoder.SkipIfAbsent();
        using var temporary = new TempFolder();
        string path = Path.Combine(temporary.Path, "signs.pack");
        Assert.Empty(DatasetPack.Write(folder, path, 64, cancellationToken: TestContext.Current.CancellationToken).Skipped);
        using PackedDataset pack = PackedDataset.Open(path);
        DatasetSplit split = DatasetSplit.ByRatio(folder, 0.2, seed: 1), packed = DatasetSplit.ByRatio(pack, 0.2, seed: 1);
        Assert.Equal(split.Validation, packed.Validation);
        Assert.InRange(split.Validation.Count, 305, 315);
        var options = new LoaderOptions { Batch = 32, InputSize = 57, Preprocessing = Preprocessing.Torchvision with { Resize = 64 }, Shuffle = true, Augmentation = new Augmentation() };
        using var one = new BatchLoader(folder, split.Training, options);
        using var other = new BatchLoader(pack, packed.Training, options);
        for (int s = 0; s < 5; s++)
        {
            LoadedBatch a = one.Next(TestContext.Current.CancellationToken), b = other.Next(TestContext.Current.CancellationToken);
            Assert.Equal(a.Indices, b.Indices);
            Assert.True(a.Images.AsSpan().SequenceEqual(b.Images));
            Assert.All(a.Indices, i => Assert.StartsWith(folder.ClassNames[folder.LabelOf(i)], pack.NameOf(i), StringComparison.Ordinal));
        }
    }
}
