// float <-> half and bfloat16, rounded to nearest, ties to even; infinities stay, NaN stays NaN.
//
// Launch: blocks of 256, four elements a thread: x = ceil(count / 1024).
// Least traffic: 6 bytes an element.
#include "common.cuh"

struct __align__(8) FourHalves {
    uint16 x, y, z, w;
};

#define CONVERT(NAME, FROM, TO, FOUR_FROM, FOUR_TO, FUNCTION)                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const FROM* __restrict__ x, TO* __restrict__ y, size_type count)                                          \
    {                                                                                                                  \
        size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;                                                 \
        if (aligned16(x, y) && i + 4 <= count) {                                                                       \
            FOUR_FROM v = *(const FOUR_FROM*)(x + i);                                                                  \
            FOUR_TO r = {FUNCTION(v.x), FUNCTION(v.y), FUNCTION(v.z), FUNCTION(v.w)};                                  \
            *(FOUR_TO*)(y + i) = r;                                                                                    \
        } else {                                                                                                       \
            size_type end = i + 4 < count ? i + 4 : count;                                                             \
            for (; i < end; i++) y[i] = FUNCTION(x[i]);                                                                \
        }                                                                                                              \
    }

// budget float_to_half 48
CONVERT(float_to_half, float, uint16, Four, FourHalves, half_bits)
// budget half_to_float 40
CONVERT(half_to_float, uint16, float, FourHalves, Four, half_value)
// budget float_to_bfloat16 24
CONVERT(float_to_bfloat16, float, uint16, Four, FourHalves, bfloat16_bits)
// budget bfloat16_to_float 40
CONVERT(bfloat16_to_float, uint16, float, FourHalves, Four, bfloat16_value)
