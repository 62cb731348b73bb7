using Xunit;

namespace AlexNetCuda.IO.Tests.Reports;

public sealed class MetricsTests : IDisposable
{
    private const string Header = "step,epoch,phase,loss,top1,top5,learning_rate,images_per_second,data_wait_share\n";
    private readonly TempFolder _folder = new();

    private string Csv => Path.Combine(_folder.Path, "metrics.csv");

    public void Dispose() => _folder.Dispose();

    private static MetricsRow Training(long step) => new(step, step / 3.0, MetricsPhase.Training) { Loss = 1.0 / step, LearningRate = 1e-5, ImagesPerSecond = 52.8, DataWaitShare = 0.25 };

    [Fact]
    public void Lines_are_there_as_soon_as_they_are_written()
    {
        using MetricsWriter writer = MetricsWriter.Create(Csv);
        writer.Write(Training(3));
        writer.Write(new MetricsRow(4, 1.25, MetricsPhase.Validation) { Loss = double.NaN, Top1 = 0.5, Top5 = 1 });
        using var reader = new StreamReader(new FileStream(Csv, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Equal(Header + "3,1,train,0.3333333333333333,,,1E-05,52.8,0.25\n4,1.25,val,NaN,0.5,1,,,\n", reader.ReadToEnd());
    }

    [Fact]
    public void Resuming_drops_later_lines_and_the_line_that_was_cut_off()
    {
        using (MetricsWriter writer = MetricsWriter.Create(Csv))
        {
            for (int s = 1; s <= 5; s++) writer.Write(Training(s));
        }

        File.AppendAllText(Csv, "6,2,train,0.1");
        using (MetricsWriter writer = MetricsWriter.Resume(Csv, 3)) writer.Write(Training(7));
        Assert.Equal([Training(1), Training(2), Training(3), Training(7)], MetricsFile.Read(Csv));
        Assert.Equal([Csv], Directory.GetFiles(_folder.Path));

        File.Delete(Csv);
        using (MetricsWriter.Resume(Csv, 3)) Assert.Empty(MetricsFile.Read(Csv));
    }

    [Theory]
    [InlineData("x\n", "its first line")]
    [InlineData(Header + "1,1,train,1,,,,\n", "line 2")]
    [InlineData(Header + "1,1,train,1,,,,,\n1,1,test,1,,,,,\n", "line 3")]
    [InlineData(Header + "-1,1,train,1,,,,,\n", "line 2")]
    [InlineData(Header + "1,,train,1,,,,,\n", "line 2")]
    [InlineData(Header + "1,1,train,one,,,,,\n", "line 2")]
    public void A_line_that_is_none_of_metrics_is_named_and_the_file_stays(string text, string part)
    {
        File.WriteAllText(Csv, text);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => MetricsWriter.Resume(Csv, 1));
        Assert.StartsWith(Csv, e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(Csv));
    }

    [Fact]
    public void What_cannot_be_written_is_one_error()
    {
        Assert.Contains("it is a folder", Assert.Throws<IOException>(() => MetricsWriter.Create(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("no such folder", Assert.Throws<IOException>(() => MetricsWriter.Create(Path.Combine(_folder.Path, "no", "m.csv"))).Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<IOException>(() => MetricsFile.Read(Csv)).Message, StringComparison.Ordinal);
    }
}
