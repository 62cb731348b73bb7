using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;
using AlexNetCuda.Cuda.Compilation;
using AlexNetCuda.Kernels.Tests.Compilation;
using AlexNetCuda.Kernels.Tests.Harness;
using AlexNetCuda.Ptx;
using Xunit;

namespace AlexNetCuda.Kernels.Tests;

/// <summary>
/// Kernels with a fault on purpose: each bounds check of the sources taken out in turn. The checkers, or the results, have to show
/// it; a mutant that nothing shows would mean that the test bodies are blind there.
/// </summary>
public sealed partial class BoundsMutantTests
{
    /// <summary>common.cuh, as a module.</summary>
    internal const string Header = "common";

    // A mutant may run on for ever.
    private static readonly MachineOptions s_options = new() { Checks = Checks.All, InstructionBudget = 1 << 25 };

    /// <summary>A module, what its source says, and what the mutant says instead.</summary>
    public static TheoryData<string, string, string> BoundsChecks => new()
    {
        { "lrn", "if (position >= positions) return;\n    size_type column = lrn_column(position, plane, channels), step = plane.divisor;\n    x += column;\n    y += column;\n    int begin", "size_type column = lrn_column(position, plane, channels), step = plane.divisor;\n    x += column;\n    y += column;\n    int begin" },
        { "lrn", "if (j >= 0 && j < channels) {", "if (j < channels) {" },
        { "max_pool", "for (int i = begin; i < planes * outputs; i += 8 * p.lanes) {\n        if (i < 0) continue;", "for (int i = begin; i < planes * outputs; i += 8 * p.lanes) {" },
        { "max_pool", "planes = smaller(p.planes, p.count - first_plane);\n    int first_row = blockIdx.y * p.rows, rows = smaller(p.rows, p.out_height - first_row);", "planes = p.planes;\n    int first_row = blockIdx.y * p.rows, rows = smaller(p.rows, p.out_height - first_row);" },
        { "max_pool", "int ky0 = larger(-top, 0), kx0 = larger(-left, 0), down", "int ky0 = 0, kx0 = 0, down" },
        { "max_pool", "kx < smaller(kernel_x, p.width - left)", "kx < kernel_x" },
        { "max_pool", "ky < smaller(kernel_y, p.height - top)", "ky < kernel_y" },
        { "max_pool", "ox >= 0 && ox < p.out_width && rows_down", "ox < p.out_width && rows_down" },
        { "max_pool", "ox >= 0 && ox < p.out_width && rows_down", "ox >= 0 && rows_down" },
        { "max_pool", "columns_right < kernel_x;", "true;" },
        { "max_pool", "oy >= o0 && oy < o1 &&", "oy >= o0 &&" },
        { "bias_relu", "for (; i < size; i++) put(to + i, biased", "for (; i < block + 256 * N; i++) put(to + i, biased" },
        { "bias_relu", "i + N <= size) {", "true) {" },
        { "bias_relu", "uint32 end = block + 256 * N < size ? block + 256 * N : size;", "uint32 end = block + 256 * N;" },
        { "bias_relu", "if (c >= channels) return;\n    float sum = 0.0f;\n    for (int n", "float sum = 0.0f;\n    for (int n" },
        { "dropout", "i + 4 <= count", "true" },
        { "dropout", "if (i >= count) return;", "" },
        { "dropout", "if (i + 3 < count)", "" },
        { "sgd", "size_type end = i + 4 < count ? i + 4 : count;", "size_type end = i + 4;" },
        { "transpose", "if (i < rows - r0 && j < columns - c0)", "if (i < rows - r0)" },
        { "transpose", "if (i < rows - r0 && j < columns - c0)", "if (j < columns - c0)" },
        { "transpose", "if (i < columns - c0 && j < rows - r0)", "if (i < columns - c0)" },
        { "transpose", "if (i < columns - c0 && j < rows - r0)", "if (j < rows - r0)" },
        { "top_k", "i < classes; i += 256", "i < classes + 1; i += 256" },
        { "image", "if (at >= plane) return;", "" },
        { "bias_relu_lrn_max_pool", "if (i < 0 || i >= outputs) continue;", "if (i < 0) continue;" },
        { "bias_relu_lrn_max_pool", "ox >= 0 && ox < p.out_width &&", "ox >= 0 &&" },
        { "bias_relu_lrn_max_pool", "active && c + i < p.channels", "c + i < p.channels" },
        { "bias_relu_lrn_max_pool", "if (active)\n#pragma unroll\n            for (int i = 0; i < 8; i++) tiles", "for (int i = 0; i < 8; i++) tiles" },
        { "bias_relu_lrn_max_pool", "if (active && c0 - 8 + i", "if (c0 - 8 + i" },
        { "bias_relu_lrn_max_pool", "smaller(p.kernel_x, p.width - left)", "p.kernel_x" },
        { "bias_relu", "aligned16(y, dy, dx) && i + N <= count", "aligned16(y, dy, dx)" },
        { "bias_relu", "aligned16(y, dy, dx) && i + N <= count", "i + N <= count" },
        { "bias_relu", "size_type end = i + N < count ? i + N : count;", "size_type end = i + N;" },
        { "bias_relu", "n < images && c < channels;", "n < images;" },
        { "bias_relu", "if (i >= 0 && i + 1 < plane) {", "if (i + 1 < plane) {" },
        { "bias_relu", "if (i >= 0 && i + 1 < plane) {", "if (i >= 0) {" },
        { "bias_relu", "N == 8 && alike(g, y ? a : g, y ? d : g)", "N == 8" },
        { "bias_relu", "if (plane % N == 0 && aligned16(", "if (aligned16(" },
        { "bias_relu", "if (threadIdx.x >= group || c >= channels) return;", "if (threadIdx.x >= group) return;" },
        { "bias_relu", "if (threadIdx.x >= group || c >= channels) return;", "if (c >= channels) return;" },
        { "bias_relu", "if (c >= columns) return;", "" },
        { "bias_relu_nhwc", "channels % N == 0 && aligned16(x, y, bias)", "aligned16(x, y, bias)" },
        { "bias_relu_nhwc", "channels % N == 0 && aligned16(x, y, bias)", "channels % N == 0" },

        { "bias_relu_nhwc", "for (; r < rows; r += step) {\n        size_type i", "for (; r < rows + 1; r += step) {\n        size_type i" },
        { "bias_relu_nhwc", "for (; r < rows; r += step) {\n            size_type i", "for (; r < rows + 1; r += step) {\n            size_type i" },
        { "bias_relu_nhwc", "if (threadIdx.x >= width) return;", "" },
        { "bias_relu_nhwc", "smaller(group, channels - first)", "group" },
        { "bias_relu_nhwc", "(channels & 7) == 0 && aligned16(dy, y ? y : dy, y ? dx : dy)", "aligned16(dy, y ? y : dy, y ? dx : dy)" },
        { "bias_relu_nhwc", "(channels & 7) == 0 && aligned16(dy, y ? y : dy, y ? dx : dy)", "(channels & 7) == 0" },
        { "bias_relu_nhwc", "if (c < columns)\n#pragma unroll 8\n        for (int r", "for (int r" },
        { "bias_relu_nhwc", "if (threadIdx.y != 0 || c >= columns) return;", "if (threadIdx.y != 0) return;" },
        { "dropout", "i + 8 <= count", "true" },
        { "dropout", "k < 8 && i + k < count", "k < 8" },
        { "dropout", "q < 4 && p + q < plane", "q < 4" },
        { "dropout", "(channels & 7) == 0 && aligned16(x, y)", "aligned16(x, y)" },
        { "dropout", "(channels & 7) == 0 && aligned16(x, y)", "(channels & 7) == 0" },
        { "sgd", "aligned16(copy) && i + 4 <= count", "aligned16(copy)" },
        { "sgd", "aligned16(copy) && i + 4 <= count", "i + 4 <= count" },
        { "sgd", "if (copy) store_four", "store_four" },
        { "sgd", "if (copy) put", "put" },
        { "reduce", "aligned16(x) && i + N <= count", "aligned16(x)" },
        { "reduce", "aligned16(x) && i + N <= count", "i + N <= count" },
        { "reduce", "if (i + k < count) sum[k]", "sum[k]" },
        { "reduce", "size_type end = i + N < count ? i + N : count;", "size_type end = i + N;" },
        { "softmax_cross_entropy", "label >= 0 && label < classes ? logarithm", "label < classes ? logarithm" },
        { "softmax_cross_entropy", "label >= 0 && label < classes ? logarithm", "label >= 0 ? logarithm" },
        { "softmax_cross_entropy", "label >= 0 && label < classes ? state", "label < classes ? state" },
        { "softmax_cross_entropy", "label >= 0 && label < classes ? state", "label >= 0 ? state" },
        { "softmax_cross_entropy", "i < classes; i += 256", "i <= classes; i += 256" },
        { "image", "i < p.height && j < p.width;", "j < p.width;" },
        { "image", "i < p.height && j < p.width;", "i < p.height;" },
        { "image", "if (i < p.height && j < p.width) {", "if (i < p.height) {" },
        { "image", "if (i < p.height && j < p.width) {", "if (j < p.width) {" },
        { "image", "aligned16(to) && at <= count - 8", "aligned16(to)" },
        { "image", "aligned16(to) && at <= count - 8", "at <= count - 8" },
        { "image", "if (k < count - at) put", "put" },
        { "average_pool", "if (i >= outputs) return;", "" },
        { "average_pool", "if (i >= inputs) return;", "" },
        { "average_pool", "{larger(top, 0), ", "{top, " },
        { "average_pool", "larger(left, 0), smaller(left + p.kernel_x, p.width)}", "left, smaller(left + p.kernel_x, p.width)}" },
        { "average_pool", "smaller(top + p.kernel_y, p.height), larger", "top + p.kernel_y, larger" },
        { "average_pool", "smaller(left + p.kernel_x, p.width)}", "left + p.kernel_x}" },
        { "average_pool", "y < p.kernel_y ? 0 : ", "" },
        { "average_pool", "x < p.kernel_x ? 0 : ", "" },
        { "average_pool", "smaller(y / p.stride_y, p.out_height - 1)", "y / p.stride_y" },
        { "average_pool", "smaller(x / p.stride_x, p.out_width - 1)", "x / p.stride_x" },
        { "average_pool", "i < (uint32)outputs * across", "i <= (uint32)outputs * across" },
        { "average_pool", "(channels & 7) == 0 && aligned16(x, y)", "aligned16(x, y)" },
        { "average_pool", "(channels & 7) == 0 && aligned16(x, y)", "(channels & 7) == 0" },
        { "sgd", "if (v) store4", "store4" },
        { "sgd", "if (v) v[i] = b;", "v[i] = b;" },
        { "sgd", "if (v) store_run", "store_run" },
        { "pad", "if (i >= size) return;\n    int row = divide(i, p.by_row), column = i - row * p.padded_width - p.left;", "int row = divide(i, p.by_row), column = i - row * p.padded_width - p.left;" },
        { "pad", "if (i >= size) return;\n    int row = divide(i, p.by_row), rest", "int row = divide(i, p.by_row), rest" },
        { "pad", "if (i >= size) return;\n    int row = divide(i, p.by_row), column = i - row * p.width;", "int row = divide(i, p.by_row), column = i - row * p.width;" },
        { "pad", "row >= 0 && row < p.height && column >= 0 && column < p.width", "row < p.height && column >= 0 && column < p.width" },
        { "pad", "row >= 0 && row < p.height && column >= 0 && column < p.width", "row >= 0 && column >= 0 && column < p.width" },
        { "pad", "row >= 0 && row < p.height && column >= 0 && column < p.width", "row >= 0 && row < p.height && column < p.width" },
        { "pad", "row >= 0 && row < p.height && column >= 0 && column < p.width", "row >= 0 && row < p.height && column >= 0" },
        { "lrn", "j < smaller(first << log, to); j++", "j < (first << log); j++" },
        { "lrn", "larger(c - radius, 0)", "c - radius" },
        { "lrn", "smaller(c + radius + 1, channels)", "c + radius + 1" },
        { "lrn", "smaller(c + (1 << log), channels)", "c + (1 << log)" },
        { "lrn", "if (j >= 0 && j < channels) {\n                float s = wide_scale", "if (j < channels) {\n                float s = wide_scale" },
        { "lrn", "if (c < channels) dx[c * step] = sum;", "dx[c * step] = sum;" },
        { "lrn", "if (c > run && j < channels) {", "if (c > run) {" },
        { "lrn_nhwc", "int count = position < positions ? me.count : 0;", "int count = me.count;" },
        { "lrn_nhwc", "if (me.owns) store8(y", "store8(y" },
        { "lrn_nhwc", "if (me.owns) store8(dx", "store8(dx" },
        { "lrn_nhwc", "smaller(per, positions - first) * channels", "per * channels" },
        { "lrn_nhwc", "larger(c - radius, 0)", "c - radius" },
        { "lrn_nhwc", "smaller(c + radius + 1, channels)", "c + radius + 1" },
        { "max_pool_nhwc", "rows = smaller(p.rows, p.out_height - first_row)", "rows = p.rows" },
        { "max_pool_nhwc", "rows = smaller(p.rows, p.height - first_row)", "rows = p.rows" },
        { "max_pool_nhwc", "smaller(p.channels - channel, 8)", "8" },
        { "max_pool_nhwc", "ky0 = larger(-top, 0), kx0 = larger(-left, 0)", "ky0 = 0, kx0 = larger(-left, 0)" },
        { "max_pool_nhwc", "ky0 = larger(-top, 0), kx0 = larger(-left, 0)", "ky0 = larger(-top, 0), kx0 = 0" },
        { "max_pool_nhwc", "smaller(p.kernel_y, p.height - top)", "p.kernel_y" },
        { "max_pool_nhwc", "smaller(p.kernel_x, p.width - left)", "p.kernel_x" },
        { "max_pool_nhwc", "smaller(divide(yy, p.by_stride_y), p.out_height - 1)", "divide(yy, p.by_stride_y)" },
        { "max_pool_nhwc", "smaller(divide(xx, p.by_stride_x), p.out_width - 1)", "divide(xx, p.by_stride_x)" },
        { "max_pool_nhwc", "yy < p.kernel_y ? 0 : (int)divide(yy - p.kernel_y, p.by_stride_y) + 1", "(int)divide(yy - p.kernel_y, p.by_stride_y) + 1" },
        { "bias_relu_lrn_max_pool_nhwc", "channel >= 0 && channel < l.channels", "channel < l.channels" },
        { "bias_relu_lrn_max_pool_nhwc", "channel >= 0 && channel < l.channels", "channel >= 0" },
        { "bias_relu_lrn_max_pool_nhwc", "row < rows && column < columns", "row < rows" },
        { "bias_relu_lrn_max_pool_nhwc", "row < rows && column < columns", "column < columns" },
        { "bias_relu_lrn_max_pool_nhwc", "inside ? me.count : 0, whole", "me.count, whole" },
        { "bias_relu_lrn_max_pool_nhwc", "me.owns && inside", "inside" },
        { "bias_relu_lrn_max_pool_nhwc", "me.owns && inside", "me.owns" },
        { "bias_relu_lrn_max_pool_nhwc", "oy > 0 && oy <= p.out_height &&", "oy <= p.out_height &&" },
        { "bias_relu_lrn_max_pool_nhwc", "oy > 0 && oy <= p.out_height &&", "oy > 0 &&" },
        { "bias_relu_lrn_max_pool_nhwc", "ox > 0 && ox <= p.out_width &&", "ox <= p.out_width &&" },
        { "bias_relu_lrn_max_pool_nhwc", "ox > 0 && ox <= p.out_width &&", "ox > 0 &&" },
        { "bias_relu_lrn_max_pool_nhwc", "oy < p.out_height && ky", "ky" },
        { "bias_relu_lrn_max_pool_nhwc", "ox < p.out_width && kx", "kx" },
        { "bias_relu_lrn_max_pool_nhwc", "kx + p.stride_x < p.kernel_x", "true" },
        { "bias_relu_lrn_max_pool_nhwc", "&& kx < p.kernel_x", "" },
        { "bias_relu_lrn_max_pool_nhwc", "count <= 0 || column >= columns", "count <= 0" },
        { "bias_relu_lrn_max_pool_nhwc", "count <= 0 || column >= columns", "column >= columns" },
        { "bias_relu_lrn_max_pool_nhwc", "rows = smaller(p.rows, p.out_height - first_row)", "rows = p.rows" },
        { "bias_relu_lrn_max_pool_nhwc", "columns = smaller(p.columns, p.out_width - first_column)", "columns = p.columns" },
        { "bias_relu_lrn_max_pool_nhwc", "larger(first_row * p.stride_y - p.top, 0)", "first_row * p.stride_y - p.top" },
        { "bias_relu_lrn_max_pool_nhwc", "smaller((first_row + rows - 1) * p.stride_y - p.top + p.kernel_y, p.height)", "(first_row + rows - 1) * p.stride_y - p.top + p.kernel_y" },
        { "bias_relu_lrn_max_pool_nhwc", "if (slot >= l.segment || channel >= l.channels) return;", "if (channel >= l.channels) return;" },
        { "bias_relu_lrn_max_pool_nhwc", "if (slot >= l.segment || channel >= l.channels) return;", "if (slot >= l.segment) return;" },
    };

    [Theory]
    [MemberData(nameof(BoundsChecks))]
    public void A_missing_bounds_check_is_found_by_a_test(string module, string original, string mutant)
    {
        var source = Source(module);
        Assert.Contains(original, source, StringComparison.Ordinal);
        Fails(module, source.Replace(original, mutant, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_mutation_every_body_holds()
    {
        using var shown = Devices.Mutant(SingleKernel.Ptx, s_options);
        Assert.All(KernelSources.Embedded.Modules.Append(Header), Bodies.Run);
    }

    [Theory]
    [InlineData("bias_relu", "relu_backward_f16")]
    [InlineData("bias_relu_lrn_max_pool_nhwc", "bias_relu_lrn_max_pool_forward_2_f16_nhwc")]
    [InlineData("average_pool", "average_pool_backward")]
    [InlineData("sgd", "sgd")]
    public void What_a_kernel_can_use_is_enough_to_compile_it(string module, string kernel)
    {
        var nvrtc = Nvrtc.LoadPinnedOrSkip();
        var used = SourceReach.Of(SingleKernel.Source(Source(module), kernel), KernelSources.Embedded.Header);
        Assert.True(used.Length < SingleKernel.Source(Source(module), kernel).Length + (KernelSources.Embedded.Header.Length / 2));
        var ptx = MutantRecord.Compile(nvrtc, module, used);
        var from = ptx.IndexOf($".visible .entry {kernel}(", StringComparison.Ordinal);
        Assert.Equal(Instructions(SingleKernel.Entry(module, kernel)), Instructions(ptx[from..(ptx.IndexOf("\n}\n", from, StringComparison.Ordinal) + 3)]));

        // Without the numbers of lines, and of the kernel in its module.
        static string Instructions(string text) => string.Join('\n', text.Split('\n').Select(line => Label().Replace(line.Trim(), "L_")).Where(line => line.Length > 0 && !line.StartsWith(".loc", StringComparison.Ordinal)));
    }

    /// <summary>Fails unless a body of a module fails with another source.</summary>
    internal static void Fails(string module, string source)
    {
        var header = module == Header ? source : KernelSources.Embedded.Header;
        Exception? refused = null;

        // Each kernel is compiled when a body launches it: most mutants are found by the first. One that cannot use what is changed is what ships.
        string Ptx(string name, string kernel)
        {
            var mutant = SourceReach.Of(SingleKernel.Source(module == Header || name != module ? Source(name) : source, kernel), header);
            if (mutant == SourceReach.Of(SingleKernel.Source(Source(name), kernel), KernelSources.Embedded.Header))
            {
                return SingleKernel.Ptx(name, kernel);
            }

            try
            {
                return MutantRecord.Compile(name, kernel, mutant);
            }
            catch (Exception e)
            {
                refused = e;
                throw;
            }
        }

        using var shown = Devices.Mutant(Ptx, s_options);
        Assert.ThrowsAny<Exception>(() => Bodies.Run(module));
        if (refused is not null)
        {
            ExceptionDispatchInfo.Throw(refused);   // a mutant that could not be had is not one that was found
        }
    }

    /// <summary>A module's source.</summary>
    internal static string Source(string module) => module == Header ? KernelSources.Embedded.Header : KernelSources.Embedded.Source(module);

    [GeneratedRegex(@"\$L__BB\d+_", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Label();
}
