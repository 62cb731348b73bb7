namespace AlexNetCuda.Onnx.Tests;

/// <summary>
/// The node tests of ONNX 1.12 whose node is one of the operators of AlexNet and VGG: those that are run, and those that do not apply. A test keeps the two
/// lists complete, so that one that a newer package adds is looked at by somebody.
/// </summary>
internal static class NodeTestList
{
    private const string FunctionBody = "The graph has";

    /// <summary>The operators.</summary>
    public static IReadOnlySet<string> Operators { get; } =
        new HashSet<string> { "Conv", "MaxPool", "AveragePool", "LRN", "Relu", "Gemm", "Softmax", "Flatten", "Dropout" };

    /// <summary>The tests that are run.</summary>
    public static IReadOnlyList<string> Run { get; } =
    [
        "test_basic_conv_with_padding", "test_basic_conv_without_padding", "test_conv_with_autopad_same",
        "test_conv_with_strides_and_asymmetric_padding", "test_conv_with_strides_no_padding", "test_conv_with_strides_padding",

        "test_maxpool_1d_default", "test_maxpool_2d_ceil", "test_maxpool_2d_default", "test_maxpool_2d_pads",
        "test_maxpool_2d_precomputed_pads", "test_maxpool_2d_precomputed_same_upper", "test_maxpool_2d_precomputed_strides",
        "test_maxpool_2d_same_lower", "test_maxpool_2d_same_upper", "test_maxpool_2d_strides", "test_maxpool_2d_uint8",
        "test_maxpool_with_argmax_2d_precomputed_pads", "test_maxpool_with_argmax_2d_precomputed_strides",

        "test_averagepool_1d_default", "test_averagepool_2d_ceil", "test_averagepool_2d_default", "test_averagepool_2d_pads",
        "test_averagepool_2d_pads_count_include_pad", "test_averagepool_2d_precomputed_pads",
        "test_averagepool_2d_precomputed_pads_count_include_pad", "test_averagepool_2d_precomputed_same_upper",
        "test_averagepool_2d_precomputed_strides", "test_averagepool_2d_same_lower", "test_averagepool_2d_same_upper",
        "test_averagepool_2d_strides",

        "test_lrn", "test_lrn_default",

        "test_relu",

        "test_gemm_all_attributes", "test_gemm_alpha", "test_gemm_beta", "test_gemm_default_matrix_bias",
        "test_gemm_default_no_bias", "test_gemm_default_scalar_bias", "test_gemm_default_single_elem_vector_bias",
        "test_gemm_default_vector_bias", "test_gemm_default_zero_bias", "test_gemm_transposeA", "test_gemm_transposeB",

        "test_softmax_axis_0", "test_softmax_axis_1", "test_softmax_axis_2", "test_softmax_default_axis", "test_softmax_example",
        "test_softmax_large_number", "test_softmax_negative_axis",

        "test_flatten_axis0", "test_flatten_axis1", "test_flatten_axis2", "test_flatten_axis3", "test_flatten_default_axis",
        "test_flatten_negative_axis1", "test_flatten_negative_axis2", "test_flatten_negative_axis3", "test_flatten_negative_axis4",

        "test_dropout_default", "test_dropout_default_mask", "test_dropout_default_mask_ratio", "test_dropout_default_old",
        "test_dropout_default_ratio", "test_dropout_random_old", "test_training_dropout_zero_ratio",
        "test_training_dropout_zero_ratio_mask",
    ];

    /// <summary>
    /// The tests that do not apply, each with a part of the reason that the importer gives. Windows are two-dimensional and have no dilations
    /// in any layer of the engine; graphs are for inference (and masks of dropout are Philox4x32-10's); a function body (an operator written as several others: here softmax as ReduceMax,
    /// Sub, Exp, ReduceSum and Div) has operators that no network of the family has.
    /// </summary>
    public static IReadOnlyDictionary<string, string> DoesNotApply { get; } = new Dictionary<string, string>
    {
        ["test_averagepool_3d_default"] = "has 5 dimensions",
        ["test_maxpool_3d_default"] = "has 5 dimensions",
        ["test_maxpool_2d_dilations"] = "dilations of [2, 2] are not supported",
        ["test_training_dropout"] = "it drops in inference too (training_mode)",
        ["test_training_dropout_default"] = "it drops in inference too (training_mode)",
        ["test_training_dropout_default_mask"] = "it drops in inference too (training_mode)",
        ["test_training_dropout_mask"] = "it drops in inference too (training_mode)",
        ["test_softmax_axis_0_expanded"] = FunctionBody,
        ["test_softmax_axis_1_expanded"] = FunctionBody,
        ["test_softmax_axis_2_expanded"] = FunctionBody,
        ["test_softmax_default_axis_expanded"] = FunctionBody,
        ["test_softmax_example_expanded"] = FunctionBody,
        ["test_softmax_large_number_expanded"] = FunctionBody,
        ["test_softmax_negative_axis_expanded"] = FunctionBody,
    };
}
