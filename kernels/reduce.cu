// Reductions of a whole tensor to one number, and the Inf/NaN scan.
//
//   reduce_partial   partial[block] = sum of x, sum of x^2, sum of |x| or max of |x| over the block's share; NaN stays
//   reduce_finish    one block: result = factor * (sum or maximum of the partials), optionally its square root
//   nonfinite_scan   state.skip_update = 1 where an element is infinite or NaN (otherwise left alone: the host clears it)
//
// Launch: blocks of 256, x = min(ceil(count / 1024), 1024), a grid-stride loop of four elements a thread; finish: x = 1.
// Least traffic: 4 bytes an element. Sums are made in a fixed order: same shape, same bits.
#include "common.cuh"

enum Reduction { SUM = 0, SUM_OF_SQUARES = 1, SUM_OF_MAGNITUDES = 2, LARGEST_MAGNITUDE = 3 };

__device__ __forceinline__ float magnitude(float v) { return __int_as_float(__float_as_int(v) & 0x7fffffff); }

// The larger one; NaN wins.
__device__ __forceinline__ float larger_or_nan(float a, float b) { return b > a || b != b ? b : a; }

__device__ __forceinline__ float accumulate(float sum, float v, int kind)
{
    if (kind == SUM) return sum + v;
    if (kind == SUM_OF_SQUARES) return __fmaf_rn(v, v, sum);
    if (kind == SUM_OF_MAGNITUDES) return sum + magnitude(v);
    return larger_or_nan(sum, magnitude(v));
}

// Of a block of 256; thread 0 has the result.
__device__ __forceinline__ float combine(float v, int kind, float* scratch)
{
    if (kind != LARGEST_MAGNITUDE) return block_sum(v, scratch);
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) v = larger_or_nan(v, __shfl_xor_sync(ALL_LANES, v, offset));
    if ((threadIdx.x & 31) == 0) scratch[threadIdx.x >> 5] = v;
    __syncthreads();
    if (threadIdx.x == 0)
        for (int warp = 1; warp < 8; warp++) v = larger_or_nan(v, scratch[warp]);
    return v;
}

// budget reduce_partial 24
extern "C" __global__ void __launch_bounds__(256)
    reduce_partial(const float* __restrict__ x, float* __restrict__ partial, size_type count, int kind)
{
    __shared__ float scratch[8];
    float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
    for (size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4; i < count; i += (size_type)gridDim.x * 1024) {
        if (aligned16(x) && i + 4 <= count) {
            Four v = load4(x + i);
            a = accumulate(a, v.x, kind);
            b = accumulate(b, v.y, kind);
            c = accumulate(c, v.z, kind);
            d = accumulate(d, v.w, kind);
        } else {
            a = accumulate(a, x[i], kind);
            if (i + 1 < count) b = accumulate(b, x[i + 1], kind);
            if (i + 2 < count) c = accumulate(c, x[i + 2], kind);
            if (i + 3 < count) d = accumulate(d, x[i + 3], kind);
        }
    }
    float v = kind == LARGEST_MAGNITUDE ? larger_or_nan(larger_or_nan(a, b), larger_or_nan(c, d)) : (a + b) + (c + d);
    v = combine(v, kind, scratch);
    if (threadIdx.x == 0) partial[blockIdx.x] = v;
}

// budget reduce_finish 40
extern "C" __global__ void __launch_bounds__(256)
    reduce_finish(const float* __restrict__ partial, float* __restrict__ result, int count, int kind, float factor,
                  int root)
{
    __shared__ float scratch[8];
    float v = 0.0f;
    for (int i = threadIdx.x; i < count; i += 256)
        v = kind == LARGEST_MAGNITUDE ? larger_or_nan(v, partial[i]) : v + partial[i];
    v = combine(v, kind, scratch) * factor;
    if (threadIdx.x == 0) *result = root ? __fsqrt_rn(v) : v;
}

__device__ __forceinline__ bool nonfinite(float v) { return (__float_as_int(v) & 0x7f800000) == 0x7f800000; }

// budget nonfinite_scan 32
extern "C" __global__ void __launch_bounds__(256)
    nonfinite_scan(const float* __restrict__ x, size_type count, StepState* state)
{
    bool found = false;
    for (size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4; i < count; i += (size_type)gridDim.x * 1024) {
        if (aligned16(x) && i + 4 <= count) {
            Four v = load4(x + i);
            found = found || nonfinite(v.x) || nonfinite(v.y) || nonfinite(v.z) || nonfinite(v.w);
        } else {
            size_type end = i + 4 < count ? i + 4 : count;
            for (size_type j = i; j < end; j++) found = found || nonfinite(x[j]);
        }
    }
    if (__ballot_sync(ALL_LANES, found) != 0 && (threadIdx.x & 31) == 0) atomicOr(&state->skip_update, 1u);
}
