#include "common.cuh"
// Local response normalisation across channels, forward, radius R: b = a / (bias + alpha * sum a^2)^0.75
template <int R>
__device__ __forceinline__ void lrn(const float* __restrict__ x, float* __restrict__ y, float* __restrict__ scale, int c, int plane, float bias, float alpha) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= plane) return;
  size_t base = (size_t)blockIdx.y * c * plane + i;
  const float* p = x + base; float* q = y + base; float* s = scale + base;
  float w[2 * R + 1];
#pragma unroll
  for (int k = 0; k < 2 * R + 1; ++k) w[k] = (k > R && k - R - 1 < c) ? p[(size_t)(k - R - 1) * plane] : 0.f;
  for (int ch = 0; ch < c; ++ch) {
#pragma unroll
    for (int k = 0; k < 2 * R; ++k) w[k] = w[k + 1];
    w[2 * R] = ch + R < c ? p[(size_t)(ch + R) * plane] : 0.f;
    float sum = 0;
#pragma unroll
    for (int k = 0; k < 2 * R + 1; ++k) sum += w[k] * w[k];
    float d = bias + alpha * sum;
    float r = sqrtf(d);
    q[(size_t)ch * plane] = w[R] / (r * sqrtf(r));
    s[(size_t)ch * plane] = d;
  }
}
extern "C" __global__ void __launch_bounds__(256) lrn_forward_r5(const float* __restrict__ x, float* __restrict__ y, float* __restrict__ s, int c, int plane, float bias, float alpha) { lrn<5>(x, y, s, c, plane, bias, alpha); }
extern "C" __global__ void __launch_bounds__(256) lrn_forward_r2(const float* __restrict__ x, float* __restrict__ y, float* __restrict__ s, int c, int plane, float bias, float alpha) { lrn<2>(x, y, s, c, plane, bias, alpha); }
