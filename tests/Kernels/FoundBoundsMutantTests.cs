using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Kernels.Tests.Harness;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>
/// As <see cref="BoundsMutantTests"/>, of the checks that are found in the sources by themselves. A new one that no body misses has to
/// get such a body, or be named here as one whose absence no execution shows.
/// </summary>
public sealed class FoundBoundsMutantTests
{
    // Checks whose absence no execution shows, each with the reason: module, a text that ends with the check, why.
    private static IReadOnlyList<(string Module, string Text, string Reason)> Equivalent { get; } =
    [
        ("bias_relu_lrn_max_pool", "int part = (o1 - o0) * p.out_width;\n    int begin = blockIdx.y * p.chunk, end = smaller(begin + p.chunk, p.channels)", "what lies beyond the last channel is computed and not stored: it only saves the computing"),
        ("bias_relu_lrn_max_pool", "ky < p.kernel_y", "a place in a row below the window is no winner's"),
        ("bias_relu_lrn_max_pool", "if (candidates[i].place < 0", "no byte is -1: it only saves the reading"),
        ("bias_relu_lrn_max_pool", "if (c0 + 8 < end", "it only saves the loads of channels that nobody uses"),
        ("bias_relu_lrn_max_pool", "if (c0 < end", "likewise"),
        ("bias_relu_lrn_max_pool_nhwc", "smaller(l.channels - channel, 8)", "a count above 8 is taken for 8"),
        ("bias_relu_nhwc", "return lane < lanes", "threads that are left over do others' work once more and write the same values"),
        ("bias_relu_nhwc", "if (r < 0", "likewise"),
        ("bias_relu_nhwc", "if (r >= 0", "likewise"),
        ("lrn", "int c = begin - 2 * radius + i;\n        w[i * stride] = c >= 0 && c < channels", "channels before the first are below the last"),
        ("lrn", "if (c0 + 8 < end", "it only saves the loads of channels that nobody uses"),
        ("lrn", "if (c0 < end", "likewise"),
        ("lrn", "smaller(run + width, channels + radius)", "what lies beyond is skipped one by one"),
        ("lrn", "blockIdx.x * 128u + threadIdx.x;\n    if (position >= positions) return;\n    size_type column = lrn_column(position, plane, channels);\n    int step = plane.divisor;\n    x += column;\n    g += column;\n    dx += column;\n    int begin = blockIdx.y * chunk, end = smaller(begin + chunk, channels)", "what lies beyond the last channel is computed and not stored: it only saves the computing"),
        ("max_pool", "if (lane >= p.lanes", "lanes that are left over would do the next warp's work once more and write the same values"),
        ("max_pool", "larger(o1 - o0, 0)", "a negative number of elements is as good as none"),
        ("max_pool", "rows_down < kernel_y", "a place in a row below the window is no winner's"),
        ("max_pool_nhwc", "if (count <= 0", "nothing is loaded or stored where the count is not positive: it only saves the loop"),
        ("common", "vector < l.vectors", "a vector beyond the last has no channels: its count is not positive"),
        ("common", "smaller(l.channels - r.channel, 8)", "a count above 8 is taken for 8"),
        ("common", "2 * i + 1 >= 8 - R", "known to the compiler: it only saves exchanges whose results nobody uses"),
        ("common", "2 * i < R", "likewise"),
    ];

    /// <summary>The checks found in the sources that the list of <see cref="BoundsMutantTests"/> has no mutant of: module, which of its checks, what it says, what instead.</summary>
    public static TheoryData<string, int, string, string> OtherChecks
    {
        get
        {
            var data = new TheoryData<string, int, string, string>();
            foreach (var module in KernelSources.Embedded.Modules.Append(BoundsMutantTests.Header))
            {
                var source = BoundsMutantTests.Source(module);
                var changed = BoundsMutantTests.BoundsChecks.Where(row => row.Data.Item1 == module).SelectMany(row => Changes(source, row.Data.Item2, row.Data.Item3)).ToList();
                foreach (var (number, check) in BoundsCheck.All(source).Index())
                {
                    if (!changed.Exists(part => part.Start < check.End && check.Start < part.End) && !IsEquivalent(module, source, check))
                    {
                        data.Add(module, number, check.Text, check.Without);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OtherChecks))]
    public void A_missing_bounds_check_is_found_by_a_test(string module, int number, string check, string without)
    {
        var source = BoundsMutantTests.Source(module);
        var found = BoundsCheck.All(source)[number];
        Assert.Equal((check, without), (found.Text, found.Without));
        BoundsMutantTests.Fails(module, found.TakeOut(source));
    }

    [Fact]
    public void Checks_that_are_said_to_be_equivalent_are_in_the_sources() => Assert.All(
        Equivalent,
        one => Assert.Contains(BoundsCheck.All(BoundsMutantTests.Source(one.Module)), check => IsOne(one, BoundsMutantTests.Source(one.Module), check)));

    private static bool IsEquivalent(string module, string source, BoundsCheck check) =>
        Equivalent.Any(one => one.Module == module && IsOne(one, source, check));

    // The text ends with the check.
    private static bool IsOne((string Module, string Text, string Reason) one, string source, BoundsCheck check)
    {
        for (var at = source.IndexOf(one.Text, StringComparison.Ordinal); at >= 0; at = source.IndexOf(one.Text, at + 1, StringComparison.Ordinal))
        {
            if (at <= check.Start && check.End == at + one.Text.Length)
            {
                return true;
            }
        }

        return false;
    }

    // What of a source a mutant changes.
    private static IEnumerable<(int Start, int End)> Changes(string source, string original, string mutant)
    {
        var before = original.AsSpan().CommonPrefixLength(mutant);
        var behind = 0;
        while (behind < Math.Min(original.Length, mutant.Length) - before && original[^(behind + 1)] == mutant[^(behind + 1)])
        {
            behind++;
        }

        for (var at = source.IndexOf(original, StringComparison.Ordinal); at >= 0; at = source.IndexOf(original, at + 1, StringComparison.Ordinal))
        {
            yield return (at + before, at + original.Length - behind);
        }
    }
}
