// For clang (-include clang.cuh): the words of CUDA C++ that NVRTC knows by itself, in terms of clang's builtins. No CUDA
// toolkit is needed:
//   clang++-14 -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -nocudainc -nocudalib -fms-extensions -O3
//       -Xclang -target-feature -Xclang +ptx75 -S -include clang.cuh -o lrn.ptx lrn.cu
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __align__(n) __attribute__((aligned(n)))

// threadIdx.x and its like: properties that read a special register.
#define SPECIAL(TYPE, REGISTER)                                                                                          \
    struct TYPE {                                                                                                      \
        __declspec(property(get = get_x)) unsigned x;                                                                  \
        __declspec(property(get = get_y)) unsigned y;                                                                  \
        __declspec(property(get = get_z)) unsigned z;                                                                  \
        static __device__ __forceinline__ unsigned get_x() { return __nvvm_read_ptx_sreg_##REGISTER##_x(); }           \
        static __device__ __forceinline__ unsigned get_y() { return __nvvm_read_ptx_sreg_##REGISTER##_y(); }           \
        static __device__ __forceinline__ unsigned get_z() { return __nvvm_read_ptx_sreg_##REGISTER##_z(); }           \
    }
SPECIAL(ThreadIndex, tid);
SPECIAL(BlockIndex, ctaid);
SPECIAL(BlockExtent, ntid);
SPECIAL(GridExtent, nctaid);
extern const __device__ ThreadIndex threadIdx;
extern const __device__ BlockIndex blockIdx;
extern const __device__ BlockExtent blockDim;
extern const __device__ GridExtent gridDim;

__device__ __forceinline__ float __int_as_float(int bits) { return __nvvm_bitcast_i2f(bits); }
__device__ __forceinline__ int __float_as_int(float value) { return __nvvm_bitcast_f2i(value); }
__device__ __forceinline__ float __fmaf_rn(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
__device__ __forceinline__ float __fsqrt_rn(float a) { return __nvvm_sqrt_rn_f(a); }
__device__ __forceinline__ unsigned __ballot_sync(unsigned mask, bool predicate)
{
    return __nvvm_vote_ballot_sync(mask, predicate);
}
__device__ __forceinline__ float __shfl_xor_sync(unsigned mask, float value, int lanes)
{
    return __nvvm_shfl_sync_bfly_f32(mask, value, lanes, 31);
}
__device__ __forceinline__ int __shfl_xor_sync(unsigned mask, int value, int lanes)
{
    return __nvvm_shfl_sync_bfly_i32(mask, value, lanes, 31);
}
__device__ __forceinline__ unsigned atomicOr(unsigned* address, unsigned value)
{
    return __nvvm_atom_or_gen_i(reinterpret_cast<int*>(address), value);
}
__device__ __forceinline__ unsigned __byte_perm(unsigned a, unsigned b, unsigned selector)
{
    unsigned bytes;
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(bytes) : "r"(a), "r"(b), "r"(selector));
    return bytes;
}
__device__ __forceinline__ int __shfl_sync(unsigned mask, int value, int lane) { return __nvvm_shfl_sync_idx_i32(mask, value, lane, 31); }
