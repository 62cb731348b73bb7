// l2 loss: loss = sum x^2 / 2, dx = x * loss scale.
//
// Launch: l2_loss_backward: blocks of 256, four elements a thread: x = ceil(count / 1024). The forward is the sum of
// squares of reduce.cu with factor 1/2.
// Least traffic: forward 4 bytes an element, backward 8.
#include "common.cuh"

// budget l2_loss_backward 24
extern "C" __global__ void __launch_bounds__(256)
    l2_loss_backward(const float* x, float* dx, size_type count, const StepState* __restrict__ state)
{
    float scale = state->loss_scale;
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (aligned16(x, dx) && i + 4 <= count) {
        Four v = load4(x + i);
        store4(dx + i, v.x * scale, v.y * scale, v.z * scale, v.w * scale);
    } else {
        size_type end = i + 4 < count ? i + 4 : count;
        for (; i < end; i++) dx[i] = x[i] * scale;
    }
}
