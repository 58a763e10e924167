// Max and average pooling of integers, RISC-V vectors: the taps of a pixel are the inner loop, so that maxima and sums
// stay in registers; taps outside the input are cut off before it.
#include "kernels/kernel_table.h"
#include "kernels/rvv/elementwise.h"

namespace tmx::kernels {

void i8_max_pool_1x256__rvv(const PoolArgs& args, int64_t first, int64_t last) {
    pool_pixels<int8_t>(
        args, first, last,
        [&](const int8_t* input, int32_t rows, int32_t columns, int64_t row, int64_t column, int8_t* output) {
            for (int32_t c = 0; c < args.channels;) {
                const size_t vl = __riscv_vsetvl_e8m8(static_cast<size_t>(args.channels - c));
                vint8m8_t most = __riscv_vmv_v_x_i8m8(INT8_MIN, vl);
                for (int32_t y = 0; y < rows; ++y) {
                    const int8_t* at = input + y * row + c;
                    for (int32_t x = 0; x < columns; ++x, at += column) {
                        most = __riscv_vmax_vv_i8m8(most, __riscv_vle8_v_i8m8(at, vl), vl);
                    }
                }
                __riscv_vse8_v_i8m8(output + c, most, vl);
                c += static_cast<int32_t>(vl);
            }
        });
}

void i16_max_pool_1x128__rvv(const PoolArgs& args, int64_t first, int64_t last) {
    pool_pixels<int16_t>(
        args, first, last,
        [&](const int16_t* input, int32_t rows, int32_t columns, int64_t row, int64_t column, int16_t* output) {
            for (int32_t c = 0; c < args.channels;) {
                const size_t vl = __riscv_vsetvl_e16m8(static_cast<size_t>(args.channels - c));
                vint16m8_t most = __riscv_vmv_v_x_i16m8(INT16_MIN, vl);
                for (int32_t y = 0; y < rows; ++y) {
                    const int16_t* at = input + y * row + c;
                    for (int32_t x = 0; x < columns; ++x, at += column) {
                        most = __riscv_vmax_vv_i16m8(most, __riscv_vle16_v_i16m8(at, vl), vl);
                    }
                }
                __riscv_vse16_v_i16m8(output + c, most, vl);
                c += static_cast<int32_t>(vl);
            }
        });
}

namespace {

/// The rescale of a window with `valid` elements; of zero sums where it has none.
Rescale rescale_of(const PoolArgs& args, int32_t valid) {
    if (valid <= 0 || args.rescale_count <= 0) return {0, 62};
    return args.rescales[(valid < args.rescale_count ? valid : args.rescale_count) - 1];
}

}  // namespace

void i8_average_pool_1x64__rvv(const PoolArgs& args, int64_t first, int64_t last) {
    const Finish finish(args.output_zero_point, INT8_MIN, INT8_MAX);
    pool_pixels<int8_t>(
        args, first, last,
        [&](const int8_t* input, int32_t rows, int32_t columns, int64_t row, int64_t column, int8_t* output) {
            const Rescale by = rescale_of(args, rows * columns);
            const NarrowRescale rescale(by.multiplier, by.shift);
            const uint32_t offset =
                static_cast<uint32_t>(rows * columns) * static_cast<uint32_t>(args.input_zero_point);
            for (int32_t c = 0; c < args.channels;) {
                const size_t vl = setvl_32(args.channels - c);
                vint32m8_t sum = __riscv_vmv_v_x_i32m8(static_cast<int32_t>(0 - offset), vl);
                for (int32_t y = 0; y < rows; ++y) {
                    const int8_t* at = input + y * row + c;
                    for (int32_t x = 0; x < columns; ++x, at += column) {
                        const vint16m4_t code = __riscv_vsext_vf2_i16m4(__riscv_vle8_v_i8m2(at, vl), vl);
                        sum = __riscv_vwadd_wv_i32m8(sum, code, vl);
                    }
                }
                store_codes(output + c, rescale(sum, vl), finish, vl);
                c += static_cast<int32_t>(vl);
            }
        });
}

void i16_average_pool_1x32__rvv(const PoolArgs& args, int64_t first, int64_t last) {
    const Finish finish(args.output_zero_point, INT16_MIN, INT16_MAX);
    pool_pixels<int16_t>(
        args, first, last,
        [&](const int16_t* input, int32_t rows, int32_t columns, int64_t row, int64_t column, int16_t* output) {
            const Rescale by = rescale_of(args, rows * columns);
            const WideRescale rescale(by.multiplier, by.shift);
            const int64_t offset = int64_t{rows} * columns * args.input_zero_point;
            for (int32_t c = 0; c < args.channels;) {
                const size_t vl = __riscv_vsetvl_e64m8(static_cast<size_t>(args.channels - c));
                vint64m8_t sum = __riscv_vmv_v_x_i64m8(-offset, vl);
                for (int32_t y = 0; y < rows; ++y) {
                    const int16_t* at = input + y * row + c;
                    for (int32_t x = 0; x < columns; ++x, at += column) {
                        const vint32m4_t code = __riscv_vsext_vf2_i32m4(__riscv_vle16_v_i16m2(at, vl), vl);
                        sum = __riscv_vwadd_wv_i64m8(sum, code, vl);
                    }
                }
                store_codes(output + c, rescale(sum, vl), finish, vl);
                c += static_cast<int32_t>(vl);
            }
        });
}

}  // namespace tmx::kernels
