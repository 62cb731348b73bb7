using Xunit;

namespace AlexNetCuda.IO.Tests;

public class PictureFolderTests
{
    [Fact]
    public void Pictures_of_the_whole_tree_are_found_in_ordinal_order()
    {
        using var folder = new TempFolder();
        foreach (string name in new[]
        {
            "b/2.JPG", "b/10.jpeg", "a.png", "B.PPM", "b.Jpg", "c/d/e/f.ppm", "LICENSE", "README.md", "b/jpg", "b/x.jpg.txt", ".hidden.jpg", ".git/y.png",
        })
        {
            folder.Add(name, "x"u8);
        }

        Directory.CreateDirectory(Path.Combine(folder.Path, "folder.png"));
        IEnumerable<string> found = PictureFolder.Enumerate(folder.Path).Select(p => Path.GetRelativePath(folder.Path, p).Replace('\\', '/'));
        Assert.Equal(["B.PPM", "a.png", "b.Jpg", "b/10.jpeg", "b/2.JPG", "c/d/e/f.ppm"], found);
    }

    [Fact]
    public void A_link_back_to_the_tree_does_not_go_round_in_circles()
    {
        using var folder = new TempFolder();
        folder.Add("sub/a.png", "x"u8);
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(folder.Path, "sub", "again"), folder.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip("links cannot be made here");
        }

        Assert.Single(PictureFolder.Enumerate(folder.Path));
    }

    [Fact]
    public void Missing_folders_files_and_empty_folders_are_told_apart()
    {
        using var folder = new TempFolder();
        string file = folder.Add("LICENSE", "x"u8);
        Check(Path.Combine(folder.Path, "none"), "there is no such folder");
        Check(file, "it is a file");
        Check(folder.Path, "has no pictures");

        static void Check(string path, string part)
        {
            PictureException e = Assert.Throws<PictureException>(() => PictureFolder.Enumerate(path));
            Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
        }
    }
}
