// Reductions of a whole tensor to one number, and the Inf/NaN scan.
//
//   reduce_partial   partial[block] = sum of x, sum of x^2, sum of |x| or max of |x| over the block's share; NaN stays
//   reduce_finish    one block: result = factor * (sum or maximum of the partials), optionally its square root
//   nonfinite_scan   state.skip_update = 1 where an element is infinite or NaN (otherwise left alone: the host clears it)
//
// x is float, or (kernels that end in _f16, _bf16) of two bytes; sums and partials are float.
//
// Launch: blocks of 256, a grid-stride loop of 16 bytes a thread (4 floats or 8 elements of two bytes):
// x = min(ceil(count / 1024 or 2048), 1024); finish: x = 1.
// Least traffic: 4 bytes an element, or 2. Sums are made in a fixed order: same shape, same bits.
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

// The kind is asked once.
template <int N>
__device__ __forceinline__ void accumulate_run(float (&sum)[N], const float (&v)[N], int kind)
{
    if (kind == SUM_OF_SQUARES) {
#pragma unroll
        for (int k = 0; k < N; k++) sum[k] = accumulate(sum[k], v[k], SUM_OF_SQUARES);
    } else if (kind == LARGEST_MAGNITUDE) {
#pragma unroll
        for (int k = 0; k < N; k++) sum[k] = accumulate(sum[k], v[k], LARGEST_MAGNITUDE);
    } else {
#pragma unroll
        for (int k = 0; k < N; k++) sum[k] += kind == SUM ? v[k] : magnitude(v[k]);
    }
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

template <class T>
__device__ __forceinline__ void partials(const T* __restrict__ x, float* __restrict__ partial, size_type count, int kind)
{
    const int N = 16 / sizeof(T);
    __shared__ float scratch[8];
    float sum[N];   // of the elements at each place in the 16 bytes
#pragma unroll
    for (int k = 0; k < N; k++) sum[k] = 0.0f;
    for (size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * N; i < count; i += (size_type)gridDim.x * (256 * N)) {
        if (aligned16(x) && i + N <= count) {
            float v[N];
            load_run(x + i, v);
            accumulate_run(sum, v, kind);
        } else {
#pragma unroll
            for (int k = 0; k < N; k++)
                if (i + k < count) sum[k] = accumulate(sum[k], value(x[i + k]), kind);
        }
    }
    float v = sum[0];
    if (kind == LARGEST_MAGNITUDE)
#pragma unroll
        for (int k = 1; k < N; k++) v = larger_or_nan(v, sum[k]);
    else
        v = run_sum(sum);
    v = combine(v, kind, scratch);
    if (threadIdx.x == 0) partial[blockIdx.x] = v;
}

#define PARTIAL(NAME, T)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* __restrict__ x, float* __restrict__ partial, size_type count, int kind)                          \
    {                                                                                                                  \
        partials(x, partial, count, kind);                                                                             \
    }

// budget reduce_partial 24
PARTIAL(reduce_partial, float)
// budget reduce_partial_f16 32
PARTIAL(reduce_partial_f16, Half)
// budget reduce_partial_bf16 32
PARTIAL(reduce_partial_bf16, BFloat16)

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

// A magnitude's bits, as a number, grow with it; those of infinity and NaN are 0x7f800000 and above.
__device__ __forceinline__ int magnitude_bits(float v) { return __float_as_int(v) & 0x7fffffff; }

template <class T>
__device__ __forceinline__ void scan(const T* __restrict__ x, size_type count, StepState* state)
{
    const int N = 16 / sizeof(T);
    int top = 0;
    for (size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * N; i < count; i += (size_type)gridDim.x * (256 * N)) {
        if (aligned16(x) && i + N <= count) {
            float v[N];
            load_run(x + i, v);
#pragma unroll
            for (int k = 0; k < N; k++) top = larger(top, magnitude_bits(v[k]));
        } else {
            size_type end = i + N < count ? i + N : count;
#pragma unroll 1
            for (size_type j = i; j < end; j++) top = larger(top, magnitude_bits(value(x[j])));
        }
    }
    if (__ballot_sync(ALL_LANES, top >= 0x7f800000) != 0 && (threadIdx.x & 31) == 0) atomicOr(&state->skip_update, 1u);
}

#define SCAN(NAME, T)                                                                                                    \
    extern "C" __global__ void __launch_bounds__(256) NAME(const T* __restrict__ x, size_type count, StepState* state)   \
    {                                                                                                                  \
        scan(x, count, state);                                                                                         \
    }

// budget nonfinite_scan 32
SCAN(nonfinite_scan, float)
// budget nonfinite_scan_f16 24
SCAN(nonfinite_scan_f16, Half)
// budget nonfinite_scan_bf16 24
SCAN(nonfinite_scan_bf16, BFloat16)
