using AlexNetCuda.Cuda.Kernels;

namespace AlexNetCuda.Kernels.Tests.Harness;

/// <summary>Test bodies by the module they exercise: what mutants have to fail, and what runs on other devices.</summary>
internal static class Bodies
{
    /// <summary>Runs bodies that launch every kind of kernel of a module, all but those that only its shapes in other storages would launch.</summary>
    internal static void Run(string module)
    {
        switch (module)
        {
            case "lrn":
                new LrnTests().Forward_agrees_with_double_precision(3, 14, 50, 4, 0.75f);
                new LrnTests().Backward_agrees_with_double_precision(3, 14, 50, 4, 0.75f);
                new LrnTests().Forward_agrees_with_double_precision(1, 3, 1, 5, 0.75f);      // fewer channels than the window
                new LrnTests().Forward_agrees_with_double_precision(1, 31, 3, 2, 0.75f);     // chunks, the last one shorter
                new LrnTests().Backward_agrees_with_double_precision(1, 31, 3, 2, 0.75f);
                new LrnTests().Forward_agrees_with_double_precision(3, 44, 47, 3, 0.75f);    // any radius
                new LrnTests().Backward_agrees_with_double_precision(3, 44, 47, 3, 0.75f);
                new LrnTests().Forward_agrees_with_double_precision(1, 111, 1, 2, 0.6f);    // a last chunk of one channel
                new LrnTests().Forward_agrees_with_double_precision(1, 450, 1, 199, 8f);
                new LrnTests().Backward_agrees_with_double_precision(1, 450, 1, 199, 8f);
                new LrnTests().Backward_agrees_with_double_precision(1, 250, 1, 100, 0.75f);
                new LrnTests().Blocks_of_channels_may_be_longer_than_a_window();
                break;
            case "lrn_nhwc":
                foreach (var (channels, radius) in new[] { (14, 4), (20, 3), (520, 2) })
                {
                    new LrnTests().In_16_bits_both_agree_with_double_precision(Storage.Float16, Layout.Nhwc, 3, channels, 1, radius, 0.75f);
                }

                break;
            case "max_pool_nhwc":
                new MaxPoolTests().In_16_bits_the_maxima_are_exact_and_the_gradients_round_once(Storage.Float16, Layout.Nhwc, 1, 6, 30, 30, 16, 16, 3, 2, 1);
                new MaxPoolTests().In_16_bits_the_maxima_are_exact_and_the_gradients_round_once(Storage.Float16, Layout.Nhwc, 1, 70, 14, 14, 7, 7, 2, 2, 0);
                new MaxPoolTests().In_16_bits_the_maxima_are_exact_and_the_gradients_round_once(Storage.Float16, Layout.Nhwc, 2, 24, 13, 13, 6, 6, 3, 2, 0);
                break;
            case "bias_relu_lrn_max_pool_nhwc":
                new FusedTests().In_16_bits_NaN_and_infinities_pass_through_at_any_alignment(Storage.Float16, Layout.Nhwc);

                // The last one with a corner that no window covers.
                foreach (var (images, channels, size, outputs, padding, radius) in new[] { (32, 6, 11, 5, 0, 2), (1, 270, 7, 3, 0, 2), (1, 44, 14, 8, 1, 2), (1, 16, 14, 4, 0, 2) })
                {
                    new FusedTests().In_16_bits_one_pass_gives_the_bits_of_the_operations_one_after_the_other_and_better_gradients(
                        Storage.Float16, Layout.Nhwc, images, channels, size, size, outputs, outputs, 3, 2, padding, radius, true);
                }

                // Pixels between the windows.
                new FusedTests().In_16_bits_one_pass_gives_the_bits_of_the_operations_one_after_the_other_and_better_gradients(
                    Storage.Float16, Layout.Nhwc, 1, 16, 14, 14, 5, 5, 2, 3, 0, 2, true);
                break;
            case "max_pool":
                new MaxPoolTests().Forward_gives_the_first_maximum_and_its_place(451, 5, 5, 2, 2, 3, 2, 0);
                new MaxPoolTests().Forward_gives_the_first_maximum_and_its_place(40, 13, 13, 6, 6, 3, 2, 0);        // 30 lanes of a warp have outputs
                new MaxPoolTests().Forward_gives_the_first_maximum_and_its_place(2, 55, 55, 28, 28, 3, 2, 1);
                new MaxPoolTests().Forward_gives_the_first_maximum_and_its_place(1, 146, 112, 73, 56, 2, 2, 0);     // tiles of rows, the last one shorter
                new MaxPoolTests().Rectangular_windows_with_unequal_strides_work_at_any_alignment();
                new MaxPoolTests().Backward_gathers_each_gradient_at_its_winner(451, 5, 5, 2, 2, 3, 2, 0);
                new MaxPoolTests().Backward_gathers_each_gradient_at_its_winner(2, 15, 9, 8, 5, 2, 2, 0);
                new MaxPoolTests().Backward_gathers_each_gradient_at_its_winner(3, 10, 37, 10, 37, 2, 1, 0);
                new MaxPoolTests().Backward_gathers_each_gradient_at_its_winner(3, 10, 37, 10, 37, 3, 1, 1);
                new MaxPoolTests().Backward_gathers_each_gradient_at_its_winner(2, 30, 30, 9, 9, 5, 2, 0);          // a corner that no window covers
                new MaxPoolTests().Backward_gathers_each_gradient_at_its_winner(1, 146, 112, 73, 56, 2, 2, 0);
                break;
            case "space_to_depth":
                SpaceToDepthTests.Check(2, 3, 4, new Margin(21, 25, 3, 3, 4, 4), Storage.Float32, Layout.Nchw);
                SpaceToDepthTests.Check(1, 2, 2, new Margin(30, 33, 0, 1, 2, 2), Storage.Float32, Layout.Nchw);
                break;
            case "bias_relu":
                new BiasReluTests().Forward_adds_the_channels_bias_and_keeps_what_is_not_negative(2, 7, 9, 0);
                new BiasReluTests().Forward_adds_the_channels_bias_and_keeps_what_is_not_negative(1, 3, 1500, 2);
                new BiasReluTests().Backward_masks_the_gradient_and_sums_it_by_channel(33, 70, 1, 1);
                new BiasReluTests().Backward_masks_the_gradient_and_sums_it_by_channel(17, 3, 169, 0);
                new BiasReluTests().Backward_masks_the_gradient_and_sums_it_by_channel(2, 5, 8, 0, Storage.Float16);
                new BiasReluTests().Backward_masks_the_gradient_and_sums_it_by_channel(2, 7, 9, 0, Storage.BFloat16);
                new BiasReluTests().Tensors_that_lie_differently_within_words_are_handled(Storage.Float16, Layout.Nchw);
                new BiasReluTests().Relu_alone_masks_every_element_at_any_alignment(4107, 0, Storage.BFloat16);
                new BiasReluTests().Relu_alone_masks_every_element_at_any_alignment(2050, 1, Storage.Float16);
                new BiasReluTests().Backward_masks_the_gradient_and_sums_it_by_channel(2, 5, 8, 1);
                new BiasReluTests().Forward_adds_the_channels_bias_and_keeps_what_is_not_negative(2, 9, 2, 0);
                new BiasReluTests().Forward_adds_the_channels_bias_and_keeps_what_is_not_negative(2, 9, 2, 0, Storage.Float16);      // eight elements in four planes
                new BiasReluTests().Rows_of_a_matrix_are_summed_by_column();
                break;
            case "bias_relu_nhwc":
                foreach (var (images, channels, plane, skip) in new[] { (2, 24, 25, 0), (5, 16, 88, 1), (1, 300, 5, 0), (2, 264, 6, 0), (5, 16, 101, 0) })
                {
                    new BiasReluTests().Forward_adds_the_channels_bias_and_keeps_what_is_not_negative(images, channels, plane, skip, Storage.Float16, Layout.Nhwc);
                    new BiasReluTests().Backward_masks_the_gradient_and_sums_it_by_channel(images, channels, plane, skip, Storage.BFloat16, Layout.Nhwc);
                }

                new BiasReluTests().A_bias_may_lie_anywhere();
                new BiasReluTests().Many_rows_of_a_matrix_are_summed_by_column(3, 33);
                break;
            case "reduce":
                new ReduceTests().Sums_and_the_largest_magnitude_agree_with_double_precision(1025, 0);
                new ReduceTests().Sums_and_the_largest_magnitude_agree_with_double_precision(5003, 1, Storage.Float16);
                new ReduceTests().The_scan_finds_infinities_and_NaN_of_16_bits(1, 4102, 0, 0);
                new ReduceTests().The_scan_finds_infinities_and_NaN_of_16_bits(1, 4102, 1, 0);
                new ReduceTests().The_scan_finds_infinities_and_NaN_of_16_bits(float.NaN, 0, 0, 1);
                new ReduceTests().The_scan_finds_infinities_and_NaN_of_16_bits(float.PositiveInfinity, 4102, 1, 1);
                break;
            case "softmax_cross_entropy":
                new LossTests().A_label_out_of_range_gives_NaN_for_its_row(-1, Storage.Float32);
                new LossTests().A_label_out_of_range_gives_NaN_for_its_row(10, Storage.Float16);
                break;
            case "average_pool":
                new AveragePoolTests().Forward_and_backward_agree_with_double_precision(2, 15, 9, 8, 5, 2, 2, 0, false, Storage.Float32, Layout.Nchw);
                new AveragePoolTests().Forward_and_backward_agree_with_double_precision(2, 11, 20, 6, 10, 3, 2, 1, false, Storage.Float16, Layout.Nchw);
                new AveragePoolTests().Forward_and_backward_agree_with_double_precision(2, 8, 7, 4, 3, 3, 2, 0, true, Storage.Float32, Layout.Nchw);
                new AveragePoolTests().Forward_and_backward_agree_with_double_precision(2, 7, 8, 3, 4, 3, 2, 0, true, Storage.Float32, Layout.Nchw);
                new AveragePoolTests().Forward_and_backward_agree_with_double_precision(2, 11, 20, 6, 10, 3, 2, 1, true, Storage.Float32, Layout.Nchw);
                new AveragePoolTests().Forward_and_backward_agree_with_double_precision(16, 9, 8, 5, 4, 3, 2, 1, false, Storage.Float16, Layout.Nhwc);
                new AveragePoolTests().Forward_and_backward_agree_with_double_precision(3, 13, 13, 6, 6, 3, 2, 0, false, Storage.BFloat16, Layout.Nhwc);
                break;
            case "dropout":
                new DropoutTests().The_mask_is_philoxs_at_any_size_and_alignment_and_in_place(1030, 0.5f, 0);
                new DropoutTests().The_mask_is_philoxs_at_any_size_and_alignment_and_in_place(1029, 0.5f, 0);
                new DropoutTests().The_mask_is_philoxs_at_any_size_and_alignment_and_in_place(515, 0.5f, 1);
                new DropoutTests().The_mask_is_philoxs_at_any_size_and_alignment_and_in_place(2063, 0.7f, 0, Storage.Float16);
                new DropoutTests().Every_layout_has_the_mask_of_the_NCHW_order(2, 16, 13, 0, Storage.BFloat16);
                new DropoutTests().Every_layout_has_the_mask_of_the_NCHW_order(2, 24, 9, 1, Storage.Float16);
                new DropoutTests().Every_layout_has_the_mask_of_the_NCHW_order(1, 9, 121, 0, Storage.Float16);
                break;
            case "sgd":
                new SgdTests().An_update_is_that_of_PyTorch(5, 0);
                new SgdTests().Float32_weights_take_gradients_of_any_storage_and_leave_a_copy(13, 0, Storage.Float16, Storage.Float16);
                new SgdTests().Float32_weights_take_gradients_of_any_storage_and_leave_a_copy(13, 0, Storage.BFloat16, null);
                new SgdTests().An_update_is_that_of_PyTorch(1023, 1);
                new SgdTests().Float32_weights_take_gradients_of_any_storage_and_leave_a_copy(1023, 1, Storage.BFloat16, null);
                new SgdTests().A_copy_may_lie_anywhere();
                new SgdTests().Without_momentum_there_need_be_no_velocities(Storage.Float32);
                new SgdTests().Without_momentum_there_need_be_no_velocities(Storage.Float16);
                break;
            case "transpose":
                new LayoutTests().A_transpose_reorders_and_its_inverse_restores(3, 40, 33);
                new LayoutTests().Elements_of_two_bytes_are_transposed_whatever_they_mean(3, 70, 67);
                break;
            case "pad":
                new PadTests().Planes_get_their_margin_and_lose_it_again(3, 4, new Margin(9, 31, 1, 2, 3, 4));
                new PadTests().Pictures_are_rounded_and_reordered_on_the_way(Storage.Float16, Layout.Nhwc);
                break;
            case "top_k":
                new TopKTests().The_largest_scores_come_in_order_with_ties_by_index(3, 10, 10, true);
                break;
            case "image":
                new LayoutTests().A_picture_is_cropped_mirrored_normalised_and_padded_with_zeros(false);
                new LayoutTests().A_picture_is_cropped_mirrored_normalised_and_padded_with_zeros(false, 3, 0, Storage.Float16, Layout.Nhwc);
                new LayoutTests().A_picture_is_cropped_mirrored_normalised_and_padded_with_zeros(true, 1, 1, Storage.BFloat16, Layout.Nhwc);
                break;
            case "bias_relu_lrn_max_pool":
                new FusedTests().One_pass_agrees_with_the_operations_one_after_the_other(2, 30, 27, 27, 13, 13, 3, 2, 0, 5, true, true);
                new FusedTests().One_pass_agrees_with_the_operations_one_after_the_other(1, 31, 9, 9, 4, 4, 3, 2, 0, 2, true, true);   // chunks, the last one shorter
                new FusedTests().One_pass_agrees_with_the_operations_one_after_the_other(1, 3, 9, 9, 4, 4, 3, 2, 0, 5, true, true);
                new FusedTests().One_pass_agrees_with_the_operations_one_after_the_other(1, 7, 55, 55, 28, 28, 3, 2, 1, 2, false, false);
                break;
            case "convert":
                new LayoutTests().Conversions_handle_tails_and_alignment(1027, 1);
                new LayoutTests().Conversions_handle_tails_and_alignment(1030, 0);
                break;
            case "fill":
                new FillTests().A_constant_fills_every_element(1027, 1);
                new FillTests().A_constant_fills_every_element(1025, 0);
                new FillTests().A_constant_fills_every_element(1026, 0);
                new FillTests().Uniform_numbers_are_philoxs(1027, 0);
                new FillTests().Normal_numbers_are_Box_and_Mullers(1027, 0);
                new FillTests().Truncated_normal_numbers_stay_within_two_deviations_and_are_redrawn_beyond(1027, 0);
                break;
            case "l2_loss":
                new LossTests().The_l2_loss_is_half_the_sum_of_squares_and_its_gradient_the_scaled_input(1027, 0);
                new LossTests().The_l2_loss_is_half_the_sum_of_squares_and_its_gradient_the_scaled_input(1027, 1);
                break;
            case "loss_scale":
                new SgdTests().The_loss_scale_is_halved_after_a_step_that_was_not_finite_and_doubled_after_a_run_of_those_that_were();
                break;
            case "common":
                Run("max_pool_nhwc");
                Run("lrn_nhwc");
                new ReduceTests().Sums_and_the_largest_magnitude_agree_with_double_precision(1025, 0);
                break;
            default:
                throw new InvalidOperationException($"no body exercises {module}");
        }
    }
}
