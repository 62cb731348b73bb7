// What clang-14 needs to compile these sources without a CUDA toolkit; NVRTC has all of it built in.
#ifndef __CUDACC_RTC__
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define BUILTIN(name, dim) __declspec(property(get = get_##dim)) unsigned dim; static inline __attribute__((device, always_inline)) unsigned get_##dim(void) { return __nvvm_read_ptx_sreg_##name##_##dim(); }
struct Tid { BUILTIN(tid, x) BUILTIN(tid, y) BUILTIN(tid, z) };
struct Ntid { BUILTIN(ntid, x) BUILTIN(ntid, y) BUILTIN(ntid, z) };
struct Ctaid { BUILTIN(ctaid, x) BUILTIN(ctaid, y) BUILTIN(ctaid, z) };
struct Nctaid { BUILTIN(nctaid, x) BUILTIN(nctaid, y) BUILTIN(nctaid, z) };
extern const __device__ Tid threadIdx; extern const __device__ Ntid blockDim; extern const __device__ Ctaid blockIdx; extern const __device__ Nctaid gridDim;
typedef unsigned long size_t;
struct alignas(16) float4 { float x, y, z, w; };
__device__ __forceinline__ float sqrtf(float a) { return __nvvm_sqrt_rn_f(a); }
__device__ __forceinline__ float __shfl_xor_sync(unsigned m, float v, int o) { return __nvvm_shfl_sync_bfly_f32(m, v, o, 31); }
__device__ __forceinline__ float __shfl_down_sync(unsigned m, float v, int o) { return __nvvm_shfl_sync_down_f32(m, v, o, 31); }
__device__ __forceinline__ unsigned __ballot_sync(unsigned m, int p) { return __nvvm_vote_ballot_sync(m, p); }
__device__ __forceinline__ void __syncwarp(unsigned m = 0xffffffffu) { __nvvm_bar_warp_sync(m); }
__device__ __forceinline__ int __syncthreads_count(int p) { return __nvvm_bar0_popc(p); }
__device__ __forceinline__ float atomicAdd(float* p, float v) { return __nvvm_atom_add_gen_f(p, v); }
__device__ __forceinline__ int atomicAdd(int* p, int v) { return __nvvm_atom_add_gen_i(p, v); }
__device__ __forceinline__ int atomicMax(int* p, int v) { return __nvvm_atom_max_gen_i(p, v); }
__device__ __forceinline__ int atomicCAS(int* p, int c, int v) { return __nvvm_atom_cas_gen_i(p, c, v); }
#endif
