using System.Reflection;
using AlexNetCuda.Cpu;
using AlexNetCuda.IO;
using AlexNetCuda.Reference;
using AlexNetCuda.Testing;
using Xunit;

namespace AlexNetCuda.Core.Tests;

/// <summary>
/// The public API of the libraries is what the text files beside this test say: a change of it is made on purpose, and is seen in review.
/// </summary>
public class PublicApiTests
{
    private const string Update = "UPDATE_PUBLIC_API";

    private static readonly Assembly[] Libraries =
        [typeof(Network).Assembly, typeof(CpuDevice).Assembly, typeof(ReferenceDevice).Assembly, typeof(PictureSet).Assembly];

    public static TheoryData<string> Names => [.. Libraries.Select(a => a.GetName().Name!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_public_API_is_the_one_on_file(string library)
    {
        string file = Path.Combine(TestData.RepositoryRoot, "tests", "Core", "PublicApi", library + ".txt");
        string actual = ApiText.Of(Libraries.Single(a => a.GetName().Name == library));
        if (Environment.GetEnvironmentVariable(Update) == "1") File.WriteAllText(file, actual);
        string expected = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (expected == actual) return;
        string[] before = expected.Split('\n'), after = actual.Split('\n');
        IEnumerable<string> changes = before.Except(after).Select(l => "- " + l.Trim()).Concat(after.Except(before).Select(l => "+ " + l.Trim()));
        Assert.Fail(
            $"The public API of {library} is not that of tests/Core/PublicApi/{library}.txt:\n{string.Join('\n', changes)}\n"
            + $"If that is meant, run this test with the environment variable {Update}=1, and commit the file.");
    }

    [Fact]
    public void Every_library_that_is_packed_and_built_beside_these_tests_has_a_file()
    {
        string[] built = [.. Directory.GetFiles(AppContext.BaseDirectory, "AlexNetCuda.*.dll").Select(Path.GetFileNameWithoutExtension)
            .Where(n => !n!.EndsWith(".Tests", StringComparison.Ordinal) && n != "AlexNetCuda.Testing").Order(StringComparer.Ordinal)!];
        Assert.Equal(Names.Select(n => n.Data).Order(StringComparer.Ordinal), built);
    }
}
