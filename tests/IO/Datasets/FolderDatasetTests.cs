using Xunit;

namespace AlexNetCuda.IO.Tests.Datasets;

public sealed class FolderDatasetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Add(params string[] names)
    {
        foreach (string name in names) _folder.Add(name, TestPictures.ToPpm(TestPictures.Pattern(5, 4)));
    }

    private static string[] Names(ImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.NameOf)];

    private static int[] Labels(ImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.LabelOf)];

    [Fact]
    public void Classes_and_pictures_are_in_ordinal_order()
    {
        // '-' sorts before '/', which must not put "a-b/" before "a/"; 'B' sorts before 'a'.
        Add("a-b/1.ppm", "a/2.ppm", "a/10.ppm", "B/x.ppm", "ü/é 字.ppm", "a/deep/er/3.ppm", "beside.ppm", ".hidden/4.ppm");
        _folder.Add("a/notes.txt", "text"u8);
        using FolderDataset data = FolderDataset.Open(_folder.Path);
        Assert.Equal(["B", "a", "a-b", "ü"], data.ClassNames);
        Assert.Equal(["B/x.ppm", "a/10.ppm", "a/2.ppm", "a/deep/er/3.ppm", "a-b/1.ppm", "ü/é 字.ppm"], Names(data));
        Assert.Equal([0, 1, 1, 1, 2, 3], Labels(data));
        Assert.Equal(_folder.Path, data.Location);
        PictureAssert.Close(TestPictures.Pattern(5, 4), data.Load(5, 0), 0);
    }

    [Fact]
    public void A_name_with_a_backslash_is_read_where_files_may_have_it()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("no file can have such a name here");
        Add("a/1\\2.ppm", "b/1.ppm");
        using FolderDataset data = FolderDataset.Open(_folder.Path);
        Assert.Equal("a/1\\2.ppm", data.NameOf(0));
        Assert.Equal(5, data.Load(0, 0).Width);
    }

    [Fact]
    public void Pictures_stand_upright_and_are_decoded_small()
    {
        TurboJpegEncoder.SkipIfAbsent();
        byte[] jpeg = TurboJpegEncoder.Encode(TestPictures.Smooth(400, 200), quality: 100);
        _folder.Add("a/1.jpg", TurboJpegEncoder.WithOrientation(jpeg, 6, little: true));
        Add("b/1.ppm");
        using FolderDataset data = FolderDataset.Open(_folder.Path);
        Picture whole = data.Load(0, 0), small = data.Load(0, 64);
        Assert.Equal((200, 400), (whole.Width, whole.Height));
        Assert.Equal((75, 150), (small.Width, small.Height)); // 3/8, the least that is no smaller
        Assert.True(whole.Pixels[0] < 20 && whole.Pixels[3 * 199] < 20 && whole.Pixels[^3] > 235, "red grows downwards in the upright picture");
    }

    [Fact]
    public void A_damaged_picture_is_named_with_its_path()
    {
        Add("a/1.ppm");
        _folder.Add("b/1.ppm", "P6 6 9 255\nshort"u8);
        using FolderDataset data = FolderDataset.Open(_folder.Path);
        PictureException e = Assert.Throws<PictureException>(() => data.Load(1, 0));
        Assert.Equal(Path.Combine(_folder.Path, "b/1.ppm") + ": the PPM file is cut short.", e.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => data.Load(2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.LabelOf(-1));
    }

    [Fact]
    public void What_is_no_set_of_classes_is_refused()
    {
        Refused("no class folders", "1.ppm");
        Refused("only one class folder, 'a'", "a/1.ppm", "1.ppm");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "empty"));
        Refused("the class folder has no pictures", "a/1.ppm");
        Assert.Throws<PictureException>(() => FolderDataset.Open(Path.Combine(_folder.Path, "missing")));

        void Refused(string part, params string[] names)
        {
            Add(names);
            PictureException e = Assert.Throws<PictureException>(() => FolderDataset.Open(_folder.Path));
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
            Assert.StartsWith(_folder.Path, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_folders_train_and_val_are_one_dataset_split_by_them()
    {
        Add("train/cat/1.ppm", "train/cat/2.ppm", "train/dog/1.ppm", "val/dog/9.ppm", "val/cat/1.ppm");
        using FolderDataset data = FolderDataset.Open(_folder.Path);
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal(["train/cat/1.ppm", "train/cat/2.ppm", "train/dog/1.ppm", "val/cat/1.ppm", "val/dog/9.ppm"], Names(data));
        Assert.Equal([0, 0, 1, 0, 1], Labels(data));
        DatasetSplit split = DatasetSplit.ByFolders(data)!;
        Assert.Equal([0, 1, 2], split.Training);
        Assert.Equal([3, 4], split.Validation);
        Assert.Equal(5, data.Load(4, 0).Width);

        Add("val/bird/1.ppm");
        PictureException e = Assert.Throws<PictureException>(() => FolderDataset.Open(_folder.Path));
        Assert.Contains(Path.Combine("val", "bird") + ": there is no folder of that name in train", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_classes_may_be_named_train_and_val()
    {
        Add("train/1.ppm", "val/2.ppm");
        using FolderDataset data = FolderDataset.Open(_folder.Path);
        Assert.Equal(["train", "val"], data.ClassNames);
        Assert.Null(DatasetSplit.ByFolders(data));
    }

    [Fact]
    public void The_photographs_are_1551_in_ten_classes()
    {
        using FolderDataset data = FolderDataset.Open(TestFiles.SignDigits());
        Assert.Equal(1551, data.Count);
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], data.ClassNames);
        Assert.All(Enumerable.Range(0, data.Count), i => Assert.StartsWith(data.ClassNames[data.LabelOf(i)] + "/", data.NameOf(i), StringComparison.Ordinal));
    }
}
