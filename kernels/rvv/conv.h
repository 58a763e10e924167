// Convolution on RISC-V vectors: a vector of output channels times one input code at a time.
//
// Channels-last pixels give the codes of one pixel as scalars for free (lb, on the scalar pipe beside the vector one),
// so the loop is one weight vector, widened to 16 bits once, and per pixel one vwmacc.vx into 32-bit sums: no
// reduction, no shuffle, and nothing that depends on the vector length. int8 and int16 activations cost the same.
// Products of int8 in 16 bits, two per widening addition, write as many registers and take more instructions.
//
// Registers: sums of 64 channels in groups of eight for three pixels (24), weights of 16 bits (4) and of 8 (2). Blocks
// that fit half of that, 32 channels at 256 bits, take groups of four and seven pixels (28 + 2 + 1). Shorter
// vectors walk the block's channels in parts. llvm-mca for the sifive-x280 (512 bits): 9.8 MAC per cycle for groups of
// eight, 8.4 for groups of four, 9.8 for two pixels of pairs of int8 products.
//
// 64-bit sums: products of w8a16 are below 2^22 in magnitude, so that 256 of them are summed in 32 bits, then added
// to 64-bit sums in memory. Products of w16a16 fit 32 bits in pairs (weights are not -32768), which a widening addition
// takes to 64 bits.
//
// float32 may not fuse the product into the sum and needs registers for both: three pixels by groups of four.
//
// A packing with kr above 1 is read with strided loads: right, and slower.
#ifndef TINAMIX_KERNELS_RVV_CONV_H_
#define TINAMIX_KERNELS_RVV_CONV_H_

#include "kernels/rvv/pixel_rows.h"
#include "kernels/rvv/vectors.h"

namespace tmx::kernels {
namespace {

constexpr int32_t kMaxChunk =
    189;                       ///< pixels, whole tiles of 3 and of 7: their input should stay in the nearest caches
constexpr int32_t kRun = 256;  ///< products of w8a16 per 32-bit sum
constexpr int32_t kMostPixels = 7;

/// Runs DO(p) for the pixels of a tile of 1, 3 or 7. Vectors without a size can be neither array elements nor members.
#define TMX_EACH_PIXEL(DO)       \
    DO(0)                        \
    if constexpr (kPixels > 1) { \
        DO(1) DO(2)              \
    }                            \
    if constexpr (kPixels > 3) { \
        DO(3) DO(4) DO(5) DO(6)  \
    }

template <typename Element, typename Weight, typename StageType>
struct Tile {
    const Element* const* rows;  ///< [tap * row_stride + pixel]
    int32_t row_stride;
    int32_t taps, depth;    ///< input channels
    const Weight* weights;  ///< of the first tap, input channel and lane
    int32_t nr, kr;
    const StageType* stage;
    int32_t lane, lanes;  ///< first of the block, count (at most one vector)
    Element* output;
    int64_t output_stride;  ///< elements between pixels
};

/// Walks the weights of a block by input channel.
template <typename Weight>
struct WeightCursor {
    const Weight* at;
    int32_t nr, kr, k = 0;

    void next() {
        if (++k == kr) {
            k = 0;
            at += int64_t{nr} * kr - kr + 1;
        } else {
            ++at;
        }
    }
    /// To the next tap, over what is left of a step that the input channels do not fill.
    void end_tap() {
        while (k != 0) next();
    }
};

/// 32-bit sums. kWide: for w8a16 with 64-bit totals.
template <typename V, int kPixels, bool kWide, bool kStrided, typename Element, typename Weight, typename StageType>
__attribute__((noinline)) void sum_tile(const Tile<Element, Weight, StageType>& t) {
    const size_t vl = static_cast<size_t>(t.lanes);
    [[maybe_unused]] typename V::Acc acc0, acc1, acc2, acc3, acc4, acc5, acc6;
    [[maybe_unused]] int64_t sums[kWide ? kPixels : 1][kStageLanes];
    [[maybe_unused]] int32_t left_in_run = kRun;
    if constexpr (kWide) {
        for (int p = 0; p < kPixels; ++p) {
            for (int32_t i = 0; i < t.lanes; ++i) sums[p][i] = t.stage->bias[t.lane + i];
        }
#define TMX_START(p) acc##p = V::zero(vl);
        TMX_EACH_PIXEL(TMX_START)
#undef TMX_START
    } else {
        acc0 = V::load_sums(t.stage->bias + t.lane, vl);
#define TMX_START(p) acc##p = acc0;
        TMX_EACH_PIXEL(TMX_START)
#undef TMX_START
    }

    const Element* const* rows = t.rows;
    const Weight* weights = t.weights;
    [[maybe_unused]] WeightCursor<Weight> cursor = {t.weights, t.nr, t.kr};
    const int64_t nr = t.nr;
    for (int32_t tap = 0; tap < t.taps; ++tap, rows += t.row_stride) {
        [[maybe_unused]] const Element *x0, *x1, *x2, *x3, *x4, *x5, *x6;
#define TMX_ROW(p) x##p = rows[p];
        TMX_EACH_PIXEL(TMX_ROW)
#undef TMX_ROW
        for (int32_t rest = t.depth; rest > 0;) {
            int32_t k = rest;
            if constexpr (kWide) {
                if (left_in_run == 0) {
#define TMX_FLUSH(p)                \
    V::add_to(sums[p], acc##p, vl); \
    acc##p = V::zero(vl);
                    TMX_EACH_PIXEL(TMX_FLUSH)
#undef TMX_FLUSH
                    left_in_run = kRun;
                }
                k = k < left_in_run ? k : left_in_run;
                left_in_run -= k;
            }
            rest -= k;
            if constexpr (!kStrided) {
                for (; k >= 4; k -= 4) {
                    typename V::Operand w = V::load(weights, vl);
#define TMX_STEP(p) acc##p = V::multiply_add(acc##p, x##p[0], w, vl);
                    TMX_EACH_PIXEL(TMX_STEP)
#undef TMX_STEP
                    w = V::load(weights += nr, vl);
#define TMX_STEP(p) acc##p = V::multiply_add(acc##p, x##p[1], w, vl);
                    TMX_EACH_PIXEL(TMX_STEP)
#undef TMX_STEP
                    w = V::load(weights += nr, vl);
#define TMX_STEP(p) acc##p = V::multiply_add(acc##p, x##p[2], w, vl);
                    TMX_EACH_PIXEL(TMX_STEP)
#undef TMX_STEP
                    w = V::load(weights += nr, vl);
#define TMX_STEP(p)                                   \
    acc##p = V::multiply_add(acc##p, x##p[3], w, vl); \
    x##p += 4;
                    TMX_EACH_PIXEL(TMX_STEP)
#undef TMX_STEP
                    weights += nr;
                }
            }
            for (; k > 0; --k) {
                typename V::Operand w;
                if constexpr (kStrided) {
                    w = V::load_strided(cursor.at, t.kr, vl);
                    cursor.next();
                } else {
                    w = V::load(weights, vl);
                    weights += nr;
                }
#define TMX_STEP(p) acc##p = V::multiply_add(acc##p, *x##p++, w, vl);
                TMX_EACH_PIXEL(TMX_STEP)
#undef TMX_STEP
            }
        }
        if constexpr (kStrided) cursor.end_tap();
    }

    Element* output = t.output;
    if constexpr (kWide) {
#define TMX_FINISH(p)               \
    V::add_to(sums[p], acc##p, vl); \
    finish_wide(sums[p], *t.stage, t.lane, t.lanes, output + p * t.output_stride);
        TMX_EACH_PIXEL(TMX_FINISH)
#undef TMX_FINISH
    } else if constexpr (sizeof(Weight) == 4) {
#define TMX_FINISH(p)                       \
    V::store(output, acc##p, *t.stage, vl); \
    output += t.output_stride;
        TMX_EACH_PIXEL(TMX_FINISH)
#undef TMX_FINISH
    } else {
        if (t.stage->shift_left) {
#define TMX_SHIFT(p) acc##p = V::shift_left(acc##p, *t.stage, t.lane, vl);
            TMX_EACH_PIXEL(TMX_SHIFT)
#undef TMX_SHIFT
        }
        // All products first: the registers of the multipliers are then free for the shifts.
        const typename V::Acc multiplier = V::load_sums(t.stage->multiplier + t.lane, vl);
#define TMX_MULTIPLY(p) acc##p = V::high_product(acc##p, multiplier, vl);
        TMX_EACH_PIXEL(TMX_MULTIPLY)
#undef TMX_MULTIPLY
        const auto post = V::load_post(t.stage->post + t.lane, vl);
#define TMX_FINISH(p)                                                      \
    store_codes(output, V::narrow(acc##p, post, vl), t.stage->finish, vl); \
    output += t.output_stride;
        TMX_EACH_PIXEL(TMX_FINISH)
#undef TMX_FINISH
    }
}

template <bool kStrided>
vint16m2_t load_w16(const int16_t* p, int32_t kr, size_t vl) {
    return kStrided ? __riscv_vlse16_v_i16m2(p, ptrdiff_t{kr} * 2, vl) : __riscv_vle16_v_i16m2(p, vl);
}

/// w16a16 with 64-bit sums, in pairs of input channels.
template <int kPixels, bool kStrided>
__attribute__((noinline)) void sum_tile_w16a16_wide(const Tile<int16_t, int16_t, WideStage>& t) {
    const size_t vl = static_cast<size_t>(t.lanes);
    vint64m8_t acc0 = __riscv_vle64_v_i64m8(t.stage->bias + t.lane, vl);
    [[maybe_unused]] vint64m8_t acc1 = acc0, acc2 = acc0;
    const int16_t* const* rows = t.rows;
    WeightCursor<int16_t> cursor = {t.weights, t.nr, t.kr};
    for (int32_t tap = 0; tap < t.taps; ++tap, rows += t.row_stride) {
        const int16_t* x0 = rows[0];
        [[maybe_unused]] const int16_t* x1 = kPixels > 1 ? rows[1] : nullptr;
        [[maybe_unused]] const int16_t* x2 = kPixels > 1 ? rows[2] : nullptr;
        int32_t k = t.depth;
        for (; k >= 2; k -= 2) {
            const vint16m2_t w0 = load_w16<kStrided>(cursor.at, t.kr, vl);
            kStrided ? cursor.next() : static_cast<void>(cursor.at += t.nr);
            const vint16m2_t w1 = load_w16<kStrided>(cursor.at, t.kr, vl);
            kStrided ? cursor.next() : static_cast<void>(cursor.at += t.nr);
#define TMX_STEP(p)                                                \
    {                                                              \
        vint32m4_t pair = __riscv_vwmul_vx_i32m4(w0, x##p[0], vl); \
        pair = __riscv_vwmacc_vx_i32m4(pair, x##p[1], w1, vl);     \
        acc##p = __riscv_vwadd_wv_i64m8(acc##p, pair, vl);         \
        x##p += 2;                                                 \
    }
            TMX_STEP(0)
            if constexpr (kPixels > 1) {
                TMX_STEP(1)
                TMX_STEP(2)
            }
#undef TMX_STEP
        }
        if (k > 0) {
            const vint16m2_t w = load_w16<kStrided>(cursor.at, t.kr, vl);
            kStrided ? cursor.next() : static_cast<void>(cursor.at += t.nr);
#define TMX_STEP(p) acc##p = __riscv_vwadd_wv_i64m8(acc##p, __riscv_vwmul_vx_i32m4(w, x##p[0], vl), vl);
            TMX_STEP(0)
            if constexpr (kPixels > 1) {
                TMX_STEP(1)
                TMX_STEP(2)
            }
#undef TMX_STEP
        }
        if constexpr (kStrided) cursor.end_tap();
    }
    int64_t sums[kStageLanes];
    int16_t* output = t.output;
#define TMX_FINISH(p)                                     \
    __riscv_vse64_v_i64m8(sums, acc##p, vl);              \
    finish_wide(sums, *t.stage, t.lane, t.lanes, output); \
    output += t.output_stride;
    TMX_FINISH(0)
    if constexpr (kPixels > 1) {
        TMX_FINISH(1)
        TMX_FINISH(2)
    }
#undef TMX_FINISH
}

// Tiles as types: how many pixels and lanes at once, and the two functions. -------------------------------------------

template <typename V, int kTilePixels, bool kWide, bool kStrided>
struct SumTiles {
    static constexpr int32_t kPixels = kTilePixels;
    static size_t setvl(int32_t n) { return V::setvl(n); }
    template <typename T>
    static void full(const T& t) {
        sum_tile<V, kTilePixels, kWide, kStrided>(t);
    }
    template <typename T>
    static void single(const T& t) {
        sum_tile<V, 1, kWide, kStrided>(t);
    }
};

template <bool kStrided>
struct W16A16WideTiles {
    static constexpr int32_t kPixels = 3;
    static size_t setvl(int32_t n) { return __riscv_vsetvl_e64m8(static_cast<size_t>(n)); }
    static void full(const Tile<int16_t, int16_t, WideStage>& t) { sum_tile_w16a16_wide<3, kStrided>(t); }
    static void single(const Tile<int16_t, int16_t, WideStage>& t) { sum_tile_w16a16_wide<1, kStrided>(t); }
};

/// A block of output channels for a chunk of pixels. `input`: of the chunk's first pixel if pixels follow one another
/// (a plain matrix product, with no table), otherwise null.
template <typename Tiles, typename T, typename Element>
void walk_block(T tile, int32_t lanes, int32_t count, const Element* input, int64_t in_c) {
    const auto* weights = tile.weights;
    const auto* const* rows = tile.rows;
    Element* output = tile.output;
    const int32_t weight_stride = tile.kr;
    const Element* plain[kMostPixels];
    for (int32_t lane = 0; lane < lanes; lane += tile.lanes) {
        tile.lane = lane;
        tile.lanes = static_cast<int32_t>(Tiles::setvl(lanes - lane));
        tile.weights = weights + int64_t{lane} * weight_stride;
        int32_t done = 0;
        // What is left over is joined to pixels that are done, unless it is as cheap one by one.
        constexpr int32_t kFew = Tiles::kPixels / 3;
        while (count - done > 0) {
            const int32_t rest = count - done;
            const bool single = rest <= kFew || count < Tiles::kPixels;
            int32_t pixel = done;
            if (!single && rest < Tiles::kPixels) pixel = count - Tiles::kPixels;
            const int32_t pixels = single ? 1 : Tiles::kPixels;
            tile.rows = rows + pixel;
            if (input != nullptr) {
                const Element* row = input + pixel * in_c;
                for (int32_t p = 0; p < pixels; ++p, row += in_c) plain[p] = row;
                tile.rows = plain;
            }
            tile.output = output + pixel * tile.output_stride + lane;
            single ? Tiles::single(tile) : Tiles::full(tile);
            done = pixel + pixels;
        }
    }
}

template <typename Element, typename Weight, typename StageType, bool kStrided, typename T>
void choose_tiles(const T& tile, int32_t lanes, int32_t count, const Element* input, int64_t in_c) {
    constexpr bool kWide = sizeof(typename StageType::Bias) == 8;
    if constexpr (kWide && sizeof(Weight) == 2) {
        walk_block<W16A16WideTiles<kStrided>>(tile, lanes, count, input, in_c);
    } else if constexpr (sizeof(Weight) == 4) {
        walk_block<SumTiles<FloatSums4, 3, false, kStrided>>(tile, lanes, count, input, in_c);
    } else {
        if constexpr (!kStrided) {
            if (static_cast<size_t>(lanes) > Sums4::most()) {
                walk_block<SumTiles<Sums8, 3, kWide, false>>(tile, lanes, count, input, in_c);
                return;
            }
        }
        walk_block<SumTiles<Sums4, 7, kWide, kStrided>>(tile, lanes, count, input, in_c);
    }
}

/// One range of pixels of a convolution.
template <typename Element, typename Weight, typename StageType>
class ConvRange {
  public:
    explicit ConvRange(const ConvArgs& args)
        : args_(args), depth_(args.in_c / args.groups), out_c_(args.out_c / args.groups) {
        const int64_t taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
        block_elements_ = taps * ((depth_ + args.kr - 1) / args.kr) * args.nr * args.kr;
    }

    void run(int64_t first, int64_t last) {
        if (args_.kr == 1 && is_matrix_product()) {
            matrix_product(first, last);
        } else if (args_.kr == 1 && WindowRows<Element>::suits(args_)) {
            whole_rows(first, last);
        } else {
            taps(first, last);
        }
    }

  private:
    using T = Tile<Element, Weight, StageType>;

    bool is_matrix_product() const {
        const Window& w = args_.window;
        return w.kernel_h == 1 && w.kernel_w == 1 && w.stride_h == 1 && w.stride_w == 1 && w.pad_top == 0 &&
               w.pad_left == 0 && args_.out_h == args_.in_h && args_.out_w == args_.in_w;
    }

    const Element* input(int32_t group) const {
        return static_cast<const Element*>(args_.input) + int64_t{group} * depth_;
    }

    static int32_t chunk_of(int32_t taps) { return kMaxRows / taps < kMaxChunk ? kMaxRows / taps : kMaxChunk; }

    static int32_t part(int64_t rest, int32_t most) { return static_cast<int32_t>(rest < most ? rest : most); }

    void matrix_product(int64_t first, int64_t last) {
        for (int32_t group = 0; group < args_.groups; ++group) {
            for (int64_t pixel = first; pixel < last; pixel += kMaxChunk) {
                blocks(group, pixel, part(last - pixel, kMaxChunk), {nullptr, 0, 1, depth_},
                       input(group) + pixel * args_.in_c);
            }
        }
    }

    void whole_rows(int64_t first, int64_t last) {
        const Element* rows[kMaxRows];
        WindowRows<Element> windows(args_);
        const int32_t chunk = chunk_of(args_.window.kernel_h);
        for (int64_t pixel = first; pixel < last;) {
            const int32_t count = windows.build(pixel, part(last - pixel, chunk), chunk, rows);
            blocks(0, pixel, count, {rows, chunk, args_.window.kernel_h, windows.length()}, nullptr);
            pixel += count;
        }
    }

    void taps(int64_t first, int64_t last) {
        const Element* rows[kMaxRows];
        const int32_t taps = args_.window.kernel_h * args_.window.kernel_w;
        const int32_t chunk = chunk_of(taps);
        for (int32_t group = 0; group < args_.groups; ++group) {
            for (int64_t pixel = first; pixel < last; pixel += chunk) {
                const int32_t count = part(last - pixel, chunk);
                build_rows(args_, input(group), args_.in_c, static_cast<const Element*>(args_.scratch), pixel, count,
                           chunk, 1, rows);
                blocks(group, pixel, count, {rows, chunk, taps, depth_}, nullptr);
            }
        }
    }

    struct Sources {
        const Element* const* rows;
        int32_t row_stride, taps, depth;
    };

    /// All blocks of output channels for `count` pixels from `pixel` on. `matrix`: see walk_block.
    void blocks(int32_t group, int64_t pixel, int32_t count, const Sources& sources, const Element* matrix) {
        const int32_t out_blocks = (out_c_ + args_.nr - 1) / args_.nr;
        const Weight* weights = static_cast<const Weight*>(args_.weights) + group * out_blocks * block_elements_;
        Element* output = static_cast<Element*>(args_.output) + pixel * args_.out_c;
        for (int32_t block = 0; block < out_blocks; ++block, weights += block_elements_) {
            const int32_t begin = block * args_.nr;
            const int32_t lanes = part(out_c_ - begin, args_.nr);
            const int32_t channel = group * out_c_ + begin;
            const StageType stage(args_.stage, channel, lanes);
            const T tile = {sources.rows,
                            sources.row_stride,
                            sources.taps,
                            sources.depth,
                            weights,
                            args_.nr,
                            args_.kr,
                            &stage,
                            0,
                            0,
                            output + channel,
                            args_.out_c};
            args_.kr == 1 ? choose_tiles<Element, Weight, StageType, false>(tile, lanes, count, matrix, args_.in_c)
                          : choose_tiles<Element, Weight, StageType, true>(tile, lanes, count, matrix, args_.in_c);
        }
    }

    const ConvArgs& args_;
    int32_t depth_, out_c_;  ///< per group
    int64_t block_elements_;
};

/// Computes output pixels [first, last). False, with nothing written, if the packing or the shape is not for it.
template <typename Element, typename Weight, typename StageType>
bool conv(const ConvArgs& args, int64_t first, int64_t last) {
    if (args.nr > kStageLanes || int64_t{args.window.kernel_h} * args.window.kernel_w > kMaxRows) return false;
    ConvRange<Element, Weight, StageType>(args).run(first, last);
    return true;
}

#undef TMX_EACH_PIXEL

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_RVV_CONV_H_
