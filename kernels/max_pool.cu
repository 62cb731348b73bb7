// Max-pool, NCHW.
//
//   forward   y = the maximum over a window, the first one in row-major order; NaN wins. argmax (optional) is its place in
//             the window, row * kernel width + column, one byte. Padding never wins.
//   backward  dx = sum of dy over the windows whose argmax is this element: gathered, no atomics, in row-major order
//
// Launch: blocks of 256; x = groups of `planes` planes (whole planes only when the group is larger than one), y = tiles of
// `rows` rows (forward: of the output, backward: of the input). Dynamic shared memory: see the host's MaxPool.
// Least traffic: forward reads the elements some window covers and writes an element an output, and a byte with argmax;
// backward reads an element and a byte an output and writes an element an input (4 bytes; 2 in 16-bit storage).
//
// Forward copies its tile to shared memory in one contiguous sweep (a strided read would use half of each sector). The tile is
// lines of two rows (at other strides than 2, one) with a gap behind each, for which neighbouring outputs, over the ends of rows and
// planes, read at a constant stride; as few gaps as that takes, since each of them makes two of the copy's lanes meet in a bank.
// Even strides would meet in half of the banks, so the lowest bit of an address is exchanged with bit 5's: 32 neighbours that begin
// at an even address still have a bank each. `lanes` of a warp have outputs: 32, or whole rows of small planes. See the host's
// MaxPool.
#include "common.cuh"

// v as it is here. NVRTC would rather compute again what a loop uses than keep it, in each iteration.
__device__ __forceinline__ int kept(int v)
{
    int r;
    asm("mov.b32 %0, %1;" : "=r"(r) : "r"(v));
    return r;
}

__device__ __forceinline__ size_type kept(size_type v)
{
    size_type r;
    asm("mov.b64 %0, %1;" : "=l"(r) : "l"(v));
    return r;
}

struct Pool {
    int height, width, out_height, out_width;
    int kernel_y, kernel_x, stride_y, stride_x, top, left;
    int count;                 // planes in the tensor: images * channels
    int planes, rows;          // of a tile
    int plane_pitch;           // of the tile in shared memory, in elements
    int gap, log;              // forward: behind each line of 2^log rows
    int between, unneeded;     // forward: elements between planes that are copied, in the tile and in x
    int down, pair;            // forward: from a row of windows to the next, from a row to the next but one, in the tile
    int lanes;                 // forward: of a warp that have outputs
    Divisor by_line, by_out_width, by_stride_y, by_stride_x;   // a line: of the input's rows (backward: one row)
    Divisor by_tile;           // elements of one plane's part of the sweep (forward: outputs of one plane's tile; backward: inputs)
    Divisor by_plane;          // elements of one plane's part of the copy
};

__device__ __forceinline__ int swizzle(int address) { return address ^ ((address >> 5) & 1); }

// Where row r of a tile begins, r = -1 (in the padding) included.
__device__ __forceinline__ int row_place(const Pool& p, int r) { return r * p.width + (r >> p.log) * p.gap; }

// v, at a later place, takes the lead: it is larger, or the first NaN. The comparison is true for NaN on either side.
__device__ __forceinline__ void take(float v, int candidate, float& best, int& place)
{
    if (!(v <= best) && best == best) {
        best = v;
        place = candidate;
    }
}

// KY, KX: the window, unrolled, or 0: read from p.
template <int KY, int KX, class T>
__device__ __forceinline__ void max_pool_forward(const T* __restrict__ x, T* __restrict__ y, uint8* __restrict__ argmax,
                                                 const Pool& p)
{
    extern __shared__ float tile[];
    const int kernel_y = KY ? KY : p.kernel_y, kernel_x = KX ? KX : p.kernel_x;
    int first_plane = blockIdx.x * p.planes, planes = smaller(p.planes, p.count - first_plane);
    int first_row = blockIdx.y * p.rows, rows = smaller(p.rows, p.out_height - first_row);
    int y0 = larger(first_row * p.stride_y - p.top, 0);
    int y1 = smaller((first_row + rows - 1) * p.stride_y - p.top + kernel_y, p.height);

    // Copy. One tile a plane: the group's planes follow each other in memory, unless their last rows are not needed.
    int part = (y1 - y0) * p.width;
    bool whole = gridDim.y == 1;
    size_type from = kept(((size_type)first_plane * p.height + y0) * p.width);
    int ahead = lead(x + from, sizeof(T)), origin = kept(ahead & 1);   // each warp's part of the sweep begins at an even address
    for (int i = (int)threadIdx.x - ahead; i < planes * part; i += 256) {
        if (i < 0) continue;
        int plane = whole ? divide(i, p.by_plane) : 0, line = divide(i - plane * part, p.by_line);
        tile[swizzle(origin + i + plane * p.between + line * p.gap)] = value(x[from + i + (size_type)plane * p.unneeded]);
    }
    __syncthreads();

    int outputs = rows * p.out_width, lane = threadIdx.x & 31;
    if (lane >= p.lanes) return;
    size_type out = kept(((size_type)first_plane * p.out_height + first_row) * p.out_width);
    int begin = p.lanes == 32 ? (int)threadIdx.x - lead(y + out, sizeof(T)) : (int)(threadIdx.x >> 5) * p.lanes + lane;
    int first = first_row * p.stride_y - p.top - y0, start = row_place(p, first), next = kept(row_place(p, first + 1) - start);
    start = kept(start + origin - p.left);
    for (int i = begin; i < planes * outputs; i += 8 * p.lanes) {
        if (i < 0) continue;
        int plane = whole ? divide(i, p.by_tile) : 0, rest = i - plane * outputs;
        int row = divide(rest, p.by_out_width), column = rest - row * p.out_width;
        int top = (first_row + row) * p.stride_y - p.top, left = column * p.stride_x - p.left;
        int address = start + plane * p.plane_pitch + row * p.down + column * p.stride_x;
        float best;
        int place;
        if (KY && top >= 0 && left >= 0 && top + KY <= p.height && left + KX <= p.width) {
            best = tile[swizzle(address)];
            place = 0;
#pragma unroll
            for (int i = 1; i < KY * KX; i++) {
                int ky = i / (KX ? KX : 1), kx = i % (KX ? KX : 1);
                take(tile[swizzle(address + (ky & 1 ? next : 0) + (ky >> 1) * p.pair + kx)], i, best, place);
            }
        } else {
            int ky0 = larger(-top, 0), kx0 = larger(-left, 0), down = top - y0, base = address - row_place(p, down);
            best = tile[swizzle(base + row_place(p, down + ky0) + kx0)];
            place = ky0 * kernel_x + kx0;
            for (int ky = ky0; ky < smaller(kernel_y, p.height - top); ky++)
                for (int kx = kx0; kx < smaller(kernel_x, p.width - left); kx++)
                    take(tile[swizzle(base + row_place(p, down + ky) + kx)], ky * kernel_x + kx, best, place);
        }
        put(y + out + i, best);   // a group's outputs follow each other
        if (argmax) argmax[out + i] = (uint8)place;
    }
}

#define MAX_POOL_FORWARD(NAME, K, T)                                                                                   \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* __restrict__ x, T* __restrict__ y, uint8* __restrict__ argmax, Pool p)                           \
    {                                                                                                                  \
        max_pool_forward<K, K>(x, y, argmax, p);                                                                       \
    }

// budget max_pool_forward_3 40
MAX_POOL_FORWARD(max_pool_forward_3, 3, float)
// budget max_pool_forward_3_f16 40
MAX_POOL_FORWARD(max_pool_forward_3_f16, 3, Half)
// budget max_pool_forward_3_bf16 40
MAX_POOL_FORWARD(max_pool_forward_3_bf16, 3, BFloat16)
// budget max_pool_forward_2 48
MAX_POOL_FORWARD(max_pool_forward_2, 2, float)
// budget max_pool_forward_2_f16 48
MAX_POOL_FORWARD(max_pool_forward_2_f16, 2, Half)
// budget max_pool_forward_2_bf16 48
MAX_POOL_FORWARD(max_pool_forward_2_bf16, 2, BFloat16)
// budget max_pool_forward_any 48
MAX_POOL_FORWARD(max_pool_forward_any, 0, float)
// budget max_pool_forward_any_f16 48
MAX_POOL_FORWARD(max_pool_forward_any_f16, 0, Half)
// budget max_pool_forward_any_bf16 48
MAX_POOL_FORWARD(max_pool_forward_any_bf16, 0, BFloat16)

// Shared memory: planes * plane_pitch floats of dy, then as many bytes of argmax. Neighbours gather from the same or the
// next element, so a linear layout has no bank conflicts. TWO: a window is at most two strides, so that an element lies in
// at most two by two windows. K, S: window and stride of both directions, or 0: read from p.
template <bool TWO, int K, int S, class T>
__device__ __forceinline__ void max_pool_backward(const T* __restrict__ dy, const uint8* __restrict__ argmax,
                                                  T* __restrict__ dx, const Pool& p)
{
    extern __shared__ float gradients[];
    uint8* places = (uint8*)(gradients + p.planes * p.plane_pitch);
    const int kernel_y = K ? K : p.kernel_y, kernel_x = K ? K : p.kernel_x;
    const int stride_y = S ? S : p.stride_y, stride_x = S ? S : p.stride_x;
    int first_plane = blockIdx.x * p.planes, planes = smaller(p.planes, p.count - first_plane);
    int first_row = blockIdx.y * p.rows, rows = smaller(p.rows, p.height - first_row);
    // Output rows whose windows reach the tile: window o covers o * stride - top ... + kernel - 1.
    int low = first_row + p.top - p.kernel_y + 1;
    int o0 = low <= 0 ? 0 : (int)divide(low + p.stride_y - 1, p.by_stride_y);
    int o1 = smaller((int)divide(first_row + rows - 1 + p.top, p.by_stride_y) + 1, p.out_height);
    int part = larger(o1 - o0, 0) * p.out_width;

    bool whole = gridDim.y == 1;
    size_type from = ((size_type)first_plane * p.out_height + o0) * p.out_width;
    for (int i = (int)threadIdx.x - lead(dy + from, sizeof(T)); i < planes * part; i += 256) {
        if (i < 0) continue;
        int plane = whole ? divide(i, p.by_plane) : 0, rest = i - plane * part;
        size_type o = from + (size_type)plane * p.out_height * p.out_width + rest;
        gradients[plane * p.plane_pitch + rest] = value(dy[o]);
        places[plane * p.plane_pitch + rest] = argmax[o];
    }
    __syncthreads();

    int inputs = rows * p.width;
    size_type to = ((size_type)first_plane * p.height + first_row) * p.width;
    for (int i = (int)threadIdx.x - lead(dx + to, sizeof(T)); i < planes * inputs; i += 256) {
        if (i < 0) continue;
        int plane = whole ? divide(i, p.by_tile) : 0, rest = i - plane * inputs;
        int row = divide(rest, p.by_line), column = rest - row * p.width;
        int y = first_row + row + p.top, x = column + p.left, base = plane * p.plane_pitch - o0 * p.out_width;
        int oy1 = S ? y / S : divide(y, p.by_stride_y), ox1 = S ? x / S : divide(x, p.by_stride_x);   // the last window, if there are so many
        int ky = y - oy1 * stride_y, kx = x - ox1 * stride_x;   // and the place in it
        float sum = zero();
        if (TWO) {
#pragma unroll
            for (int i = K && K <= S ? 3 : 0; i < 4; i++) {   // row-major order: the last but one row and column of windows first
                int oy = oy1 - 1 + i / 2, ox = ox1 - 1 + i % 2;
                int rows_down = i < 2 ? ky + stride_y : ky, columns_right = i % 2 ? kx : kx + stride_x;
                bool covers = oy >= o0 && oy < o1 && ox >= 0 && ox < p.out_width && rows_down < kernel_y &&
                              columns_right < kernel_x;
                int at = base + oy * p.out_width + ox;
                if (covers && places[at] == rows_down * kernel_x + columns_right) sum += gradients[at];
            }
        } else {
            int oy0 = y < p.kernel_y ? 0 : (int)divide(y - p.kernel_y, p.by_stride_y) + 1;
            int ox0 = x < p.kernel_x ? 0 : (int)divide(x - p.kernel_x, p.by_stride_x) + 1;
            int across = smaller(ox1, p.out_width - 1) - ox0 + 1, oy = oy0, ox = ox0;
            int windows = across > 0 ? (smaller(oy1, o1 - 1) - oy0 + 1) * across : 0;
            for (int w = 0; w < windows; w++) {
                int at = base + oy * p.out_width + ox;
                if (places[at] == (y - oy * p.stride_y) * p.kernel_x + x - ox * p.stride_x) sum += gradients[at];
                ox++;
                if (ox == ox0 + across) {
                    ox = ox0;
                    oy++;
                }
            }
        }
        put(dx + to + (size_type)plane * p.height * p.width + rest, sum);
    }
}

#define MAX_POOL_BACKWARD(NAME, TWO, K, S, T)                                                                          \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* __restrict__ dy, const uint8* __restrict__ argmax, T* __restrict__ dx, Pool p)                   \
    {                                                                                                                  \
        max_pool_backward<TWO, K, S>(dy, argmax, dx, p);                                                               \
    }

// budget max_pool_backward_3 48
MAX_POOL_BACKWARD(max_pool_backward_3, true, 3, 2, float)
// budget max_pool_backward_3_f16 48
MAX_POOL_BACKWARD(max_pool_backward_3_f16, true, 3, 2, Half)
// budget max_pool_backward_3_bf16 48
MAX_POOL_BACKWARD(max_pool_backward_3_bf16, true, 3, 2, BFloat16)
// budget max_pool_backward_2 48
MAX_POOL_BACKWARD(max_pool_backward_2, true, 2, 2, float)
// budget max_pool_backward_2_f16 48
MAX_POOL_BACKWARD(max_pool_backward_2_f16, true, 2, 2, Half)
// budget max_pool_backward_2_bf16 48
MAX_POOL_BACKWARD(max_pool_backward_2_bf16, true, 2, 2, BFloat16)
// budget max_pool_backward_two 40
MAX_POOL_BACKWARD(max_pool_backward_two, true, 0, 0, float)
// budget max_pool_backward_two_f16 48
MAX_POOL_BACKWARD(max_pool_backward_two_f16, true, 0, 0, Half)
// budget max_pool_backward_two_bf16 48
MAX_POOL_BACKWARD(max_pool_backward_two_bf16, true, 0, 0, BFloat16)
// budget max_pool_backward_any 48
MAX_POOL_BACKWARD(max_pool_backward_any, false, 0, 0, float)
// budget max_pool_backward_any_f16 48
MAX_POOL_BACKWARD(max_pool_backward_any_f16, false, 0, 0, Half)
// budget max_pool_backward_any_bf16 48
MAX_POOL_BACKWARD(max_pool_backward_any_bf16, false, 0, 0, BFloat16)
