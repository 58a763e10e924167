// w8a8 depthwise convolution, 4 pixels by 64 channels, AVX-512 VNNI.
//
// vpdpbusd sums four products per lane, and a window three rows high has three taps per column: the three rows of an
// input column are woven into one lane per channel, with a zero for the fourth. A woven column is made once and serves
// all the output pixels of the tile that see it, three at stride 1; so 9 taps of 64 channels are 12 vpdpbusd with their
// weights from memory, and 14 instructions of loading and weaving per column. The input is made unsigned by flipping
// its sign bit, which adds 128 * sum w, taken off the bias. Weaving works within 128-bit lanes, which leaves channels
// 16 L + 4 q + j in lane 4 L + j of vector q; packing the results to bytes undoes exactly that, so only the constants
// have to be stored in woven order. Other windows go the way of depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/scaled_stage.h"
// Over the vectors:
#include "kernels/x86/depthwise.h"

namespace tmx::kernels {
namespace {

constexpr int kBlockChannels = 64;
constexpr int kBlocks = 16;         ///< channels of 16 blocks are prepared at a time
constexpr int kSegmentPixels = 32;  ///< output pixels whose column pointers are made at a time
constexpr int kWindowRows = 3, kWindowColumns = 3;

/// Rows of 64 channels to vectors of four bytes per channel.
inline void weave(__m512i row0, __m512i row1, __m512i row2, __m512i* woven) {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i low01 = _mm512_unpacklo_epi8(row0, row1), high01 = _mm512_unpackhi_epi8(row0, row1);
    const __m512i low2 = _mm512_unpacklo_epi8(row2, zero), high2 = _mm512_unpackhi_epi8(row2, zero);
    woven[0] = _mm512_unpacklo_epi16(low01, low2);
    woven[1] = _mm512_unpackhi_epi16(low01, low2);
    woven[2] = _mm512_unpacklo_epi16(high01, high2);
    woven[3] = _mm512_unpackhi_epi16(high01, high2);
}

/// 64 constants in the order of channels to woven order: the 128-bit lanes of four vectors transposed.
inline void transpose_lanes(const __m512i* in, __m512i* out) {
    const __m512i a = _mm512_shuffle_i32x4(in[0], in[1], 0x44), b = _mm512_shuffle_i32x4(in[0], in[1], 0xee);
    const __m512i c = _mm512_shuffle_i32x4(in[2], in[3], 0x44), d = _mm512_shuffle_i32x4(in[2], in[3], 0xee);
    out[0] = _mm512_shuffle_i32x4(a, c, 0x88);
    out[1] = _mm512_shuffle_i32x4(a, c, 0xdd);
    out[2] = _mm512_shuffle_i32x4(b, d, 0x88);
    out[3] = _mm512_shuffle_i32x4(b, d, 0xdd);
}

/// 64 channels: weights and output stage, in woven order.
struct WovenBlock {
    alignas(64) int8_t weights[kWindowColumns][4][64];
    alignas(64) float scale[4][16];
    alignas(64) int32_t bias[4][16];
    StageNumbers stage;
    __mmask64 written;

    void set(const DepthwiseArgs& args, int32_t channel, int32_t lanes) {
        written = lanes >= kBlockChannels ? ~uint64_t{0} : (uint64_t{1} << lanes) - 1;
        stage = StageNumbers(args.stage, channel);
        const int8_t* first = static_cast<const int8_t*>(args.weights) + channel;
        const __m512i ones = _mm512_set1_epi8(1);
        __m512i sum[4];
        for (int q = 0; q < 4; ++q) sum[q] = _mm512_setzero_si512();
        for (int kx = 0; kx < kWindowColumns; ++kx) {
            __m512i row[kWindowRows], woven[4];
            for (int ky = 0; ky < kWindowRows; ++ky) {
                row[ky] = _mm512_maskz_loadu_epi8(written, first + int64_t{ky * kWindowColumns + kx} * args.channels);
            }
            weave(row[0], row[1], row[2], woven);
            for (int q = 0; q < 4; ++q) {
                _mm512_store_si512(weights[kx][q], woven[q]);
                sum[q] = _mm512_dpbusd_epi32(sum[q], ones, woven[q]);
            }
        }
        __m512i scales[4], biases[4], woven_scale[4], woven_bias[4];
        for (int q = 0; q < 4; ++q) {
            stage.load(args.stage, channel, 16 * q, lane_mask(lanes > 16 * q ? lanes - 16 * q : 0), &scales[q],
                       &biases[q]);
        }
        transpose_lanes(scales, woven_scale);
        transpose_lanes(biases, woven_bias);
        for (int q = 0; q < 4; ++q) {
            _mm512_store_si512(scale[q], woven_scale[q]);
            _mm512_store_si512(bias[q], _mm512_sub_epi32(woven_bias[q], _mm512_slli_epi32(sum[q], 7)));
        }
    }
};

/// `columns`: three row pointers for every input column, from the first one that the tile sees.
template <int kStride, int kPixels>
void woven_tile(const int8_t* const* columns, int64_t channel, const WovenBlock& block, int8_t* output,
                int64_t output_stride) {
    const __m512i sign = _mm512_set1_epi8(-128);
    __m512i acc[kPixels][4];
    for (int p = 0; p < kPixels; ++p) {
        for (int q = 0; q < 4; ++q) acc[p][q] = _mm512_load_si512(block.bias[q]);
    }
    constexpr int kColumns = (kPixels - 1) * kStride + kWindowColumns;
#pragma GCC unroll 16
    for (int c = 0; c < kColumns; ++c) {
        __m512i row[kWindowRows], x[4];
        for (int ky = 0; ky < kWindowRows; ++ky) {
            row[ky] = _mm512_xor_si512(_mm512_loadu_si512(columns[kWindowRows * c + ky] + channel), sign);
        }
        weave(row[0], row[1], row[2], x);
#pragma GCC unroll 3
        for (int kx = 0; kx < kWindowColumns; ++kx) {
            if (c < kx || (c - kx) % kStride != 0 || (c - kx) / kStride >= kPixels) continue;
            const int p = (c - kx) / kStride;
            for (int q = 0; q < 4; ++q) {
                acc[p][q] = _mm512_dpbusd_epi32(acc[p][q], x[q], _mm512_load_si512(block.weights[kx][q]));
            }
        }
    }
    for (int p = 0; p < kPixels; ++p, output += output_stride) {
        __m512i codes[4];
        __mmask16 doubt[4];
        for (int q = 0; q < 4; ++q) codes[q] = scaled(acc[p][q], block.scale[q], &doubt[q]);
        _mm512_mask_storeu_epi8(output, block.written, to_codes(codes, block.stage));
        if ((doubt[0] | doubt[1] | doubt[2] | doubt[3]) == 0) continue;
        for (int q = 0; q < 4; ++q) settle(acc[p][q], doubt[q], block.stage, 4 * q, 4, 16, output + 4 * q);
    }
}

template <int kStride, int kPixels>
void walk_woven(const int8_t* const* columns, int64_t channel, const WovenBlock& block, int8_t* output,
                int64_t output_stride, int32_t count) {
    for (; count >= kPixels; count -= kPixels) {
        woven_tile<kStride, kPixels>(columns, channel, block, output, output_stride);
        columns += kPixels * kStride * kWindowRows;
        output += kPixels * output_stride;
    }
    if constexpr (kPixels > 1) {
        if (count > 0) walk_woven<kStride, kPixels / 2>(columns, channel, block, output, output_stride, count);
    }
}

/// columns[3 c + ky] for `count` input columns from `left` on, of the window whose top row is `top`.
void build_columns(const DepthwiseArgs& args, const int8_t* image, int64_t top, int64_t left, int32_t count,
                   const int8_t** columns) {
    const int8_t* padding = static_cast<const int8_t*>(args.scratch);
    for (int ky = 0; ky < kWindowRows; ++ky) {
        const int64_t y = top + int64_t{ky} * args.window.dilation_h;
        const bool row_inside = y >= 0 && y < args.in_h;
        for (int32_t c = 0; c < count; ++c) {
            const int64_t x = left + c;
            const bool inside = row_inside && x >= 0 && x < args.in_w;
            columns[kWindowRows * c + ky] = inside ? image + (y * args.in_w + x) * args.channels : padding;
        }
    }
}

template <int kStride>
void woven_depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const int8_t* columns[kWindowRows * ((kSegmentPixels - 1) * kStride + kWindowColumns)];
    WovenBlock blocks[kBlocks];
    for (int32_t panel = 0; panel < args.channels; panel += kBlocks * kBlockChannels) {
        int32_t used = 0;
        for (int32_t channel = panel; channel < args.channels && used < kBlocks; channel += kBlockChannels) {
            blocks[used++].set(args, channel, args.channels - channel);
        }
        for (int64_t row = first; row < last; ++row) {
            const int8_t* image = static_cast<const int8_t*>(args.input) +
                                  row / args.out_h * args.in_h * args.in_w * int64_t{args.channels};
            const int64_t top = row % args.out_h * args.window.stride_h - args.window.pad_top;
            for (int32_t pixel = 0; pixel < args.out_w; pixel += kSegmentPixels) {
                const int32_t count = args.out_w - pixel < kSegmentPixels ? args.out_w - pixel : kSegmentPixels;
                build_columns(args, image, top, int64_t{pixel} * kStride - args.window.pad_left,
                              (count - 1) * kStride + kWindowColumns, columns);
                int8_t* output = static_cast<int8_t*>(args.output) + (row * args.out_w + pixel) * args.channels;
                for (int32_t block = 0; block < used; ++block) {
                    const int32_t channel = panel + block * kBlockChannels;
                    walk_woven<kStride, 4>(columns, channel, blocks[block], output + channel, args.channels, count);
                }
            }
        }
    }
}

}  // namespace

void w8a8_depthwise_4x64__avx512vnni(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const Window& window = args.window;
    if (window.kernel_h == kWindowRows && window.kernel_w == kWindowColumns && window.dilation_w == 1) {
        if (window.stride_w == 1) return woven_depthwise<1>(args, first, last);
        if (window.stride_w == 2) return woven_depthwise<2>(args, first, last);
    }
    if (!depthwise<DepthwiseInteger<int8_t, int8_t, false>>(args, first, last))
        w8a8_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
