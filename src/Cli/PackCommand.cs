using System.CommandLine;
using System.Globalization;
using AlexNetCuda.IO;

namespace AlexNetCuda.Cli;

/// <summary><c>alexnet pack</c>: the pictures of a folder, scaled, in one file.</summary>
internal static class PackCommand
{
    private const int LargestSize = 4096;
    private const int MostNamed = 20;

    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder with one folder of pictures a class, or with two such folders, train and val." };
        var file = new Argument<string>("OUT") { Description = "The file to write." };
        Option<int> size = CommonOptions.Number("--size", "The shorter side the pictures are scaled to.", 1, LargestSize, 256);
        var command = new Command("pack", """
            Writes the pictures of a folder, scaled and not compressed, into one file: training from it decodes nothing.
            Pictures that cannot be read are named and left out.
            """) { folder, file, size };
        command.SetAction(parse =>
        {
            using FolderDataset dataset = FolderDataset.Open(parse.GetRequiredValue(folder));
            string path = parse.GetRequiredValue(file);
            if (string.IsNullOrWhiteSpace(path)) throw new UsageException("The name of the file to write is empty.");
            PackReport report = DatasetPack.Write(dataset, path, parse.GetValue(size), new PictureStatus(context.Status, "packing pictures"), context.Cancellation);
            context.Status.Clear();
            foreach (SkippedPicture skipped in report.Skipped.Take(MostNamed)) context.Error.WriteLine($"alexnet: {skipped.Path}: {skipped.Reason} It is skipped.");
            if (report.Skipped.Count > MostNamed) context.Error.WriteLine($"alexnet: and {report.Skipped.Count - MostNamed} more pictures are skipped.");
            context.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: {report.Written} pictures of {dataset.ClassNames.Count} classes, {report.Skipped.Count} skipped, {report.Bytes / (double)(1 << 20):N1} MiB"));
            return CliApplication.Success;
        });
        return command;
    }
}
