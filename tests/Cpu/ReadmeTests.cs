using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Cpu.Tests;

/// <summary>The example of the README: it is compiled and run here, and the README shows this very text.</summary>
public sealed class ReadmeTests
{
    private const int Indent = 8;

    private static (float Loss, float[] Scores) Example(float[] images, int[] labels, float[] image)
    {
        // begin
        Network network = NetworkZoo.Create("torchvision-alexnet", new NetworkOptions { Classes = 10 });
        Parameters parameters = network.CreateParameters(seed: 1);
        using var device = new CpuDevice(); // all processors

        // Train: images are [N, 3, 224, 224] floats in row-major order, labels N integers.
        float loss;
        using (Executable training = network.Compile(device, parameters, new CompileOptions { Batch = labels.Length, Mode = ExecutionMode.Training }))
        {
            training.SetInput(images);
            training.SetLabels(labels);
            training.TrainingStep(learningRate: 0.01f);
            loss = (float)training.ReadLoss();
        }

        // Predict, with the parameters that were just trained.
        using Executable model = network.Compile(device, parameters);
        float[] scores = model.Predict(image); // 10 scores
        // end
        return (loss, scores);
    }

    [Fact]
    public void The_example_of_the_readme_runs()
    {
        Network network = NetworkZoo.Create("torchvision-alexnet");
        var images = new float[network.InputShape(2).Count];
        Initialization.ReferenceInitializer.Fill(images, 0, "images", 1);
        (float loss, float[] scores) = Example(images, [1, 7], images[..(images.Length / 2)]);
        Assert.InRange(loss, 2.0f, 2.6f); // untrained: about ln 10
        Assert.Equal(10, scores.Length);
        Assert.All(scores, s => Assert.True(float.IsFinite(s)));
    }

    [Fact]
    public void The_readme_shows_the_example_that_is_tested()
    {
        string root = TestData.RepositoryRoot;
        string[] lines = File.ReadAllLines(Path.Combine(root, "tests", "Cpu", "ReadmeTests.cs"));
        int begin = Array.FindIndex(lines, l => l.Trim() == "// begin"), end = Array.FindIndex(lines, l => l.Trim() == "// end");
        string example = string.Join('\n', lines[(begin + 1)..end].Select(l => l.Length > Indent ? l[Indent..] : ""));
        Assert.Contains(example, File.ReadAllText(Path.Combine(root, "README.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }
}
