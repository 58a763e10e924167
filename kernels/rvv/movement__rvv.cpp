// Data movement, RISC-V vectors: rows of elements that follow one another as bytes, others by strided loads.
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"
#include "kernels/reference/outer_index.h"
#include "kernels/rvv/stage.h"

namespace tmx::kernels {
namespace {

void copy_bytes(const uint8_t* input, uint8_t* output, size_t bytes) {
    for (size_t i = 0; i < bytes;) {
        const size_t vl = __riscv_vsetvl_e8m8(bytes - i);
        __riscv_vse8_v_u8m8(output + i, __riscv_vle8_v_u8m8(input + i, vl), vl);
        i += vl;
    }
}

/// `step` in bytes.
void copy_elements(const uint8_t* input, ptrdiff_t step, int32_t element_bytes, uint8_t* output, size_t count) {
    for (size_t i = 0; i < count;) {
        const uint8_t* from = input + static_cast<ptrdiff_t>(i) * step;
        uint8_t* to = output + i * static_cast<size_t>(element_bytes);
        size_t vl;
        if (element_bytes == 1) {
            vl = __riscv_vsetvl_e8m8(count - i);
            __riscv_vse8_v_u8m8(to, __riscv_vlse8_v_u8m8(from, step, vl), vl);
        } else if (element_bytes == 2) {
            vl = __riscv_vsetvl_e16m8(count - i);
            __riscv_vse16_v_u16m8(reinterpret_cast<uint16_t*>(to),
                                  __riscv_vlse16_v_u16m8(reinterpret_cast<const uint16_t*>(from), step, vl), vl);
        } else {
            vl = __riscv_vsetvl_e32m8(count - i);
            __riscv_vse32_v_u32m8(reinterpret_cast<uint32_t*>(to),
                                  __riscv_vlse32_v_u32m8(reinterpret_cast<const uint32_t*>(from), step, vl), vl);
        }
        i += vl;
    }
}

/// A dense run of `count` elements to places `step` bytes apart.
void spread_elements(const uint8_t* input, int32_t element_bytes, uint8_t* output, ptrdiff_t step, size_t count) {
    for (size_t i = 0; i < count;) {
        const uint8_t* from = input + i * static_cast<size_t>(element_bytes);
        uint8_t* to = output + static_cast<ptrdiff_t>(i) * step;
        size_t vl;
        if (element_bytes == 1) {
            vl = __riscv_vsetvl_e8m8(count - i);
            __riscv_vsse8_v_u8m8(to, step, __riscv_vle8_v_u8m8(from, vl), vl);
        } else if (element_bytes == 2) {
            vl = __riscv_vsetvl_e16m8(count - i);
            __riscv_vsse16_v_u16m8(reinterpret_cast<uint16_t*>(to), step,
                                   __riscv_vle16_v_u16m8(reinterpret_cast<const uint16_t*>(from), vl), vl);
        } else {
            vl = __riscv_vsetvl_e32m8(count - i);
            __riscv_vsse32_v_u32m8(reinterpret_cast<uint32_t*>(to), step,
                                   __riscv_vle32_v_u32m8(reinterpret_cast<const uint32_t*>(from), vl), vl);
        }
        i += vl;
    }
}

/// `bytes` bytes of elements of the given size.
void fill_elements(uint8_t* output, uint32_t fill, int32_t element_bytes, size_t bytes) {
    // The element repeated to 32 bits; every size of row is a whole number of elements.
    const uint32_t pattern = element_bytes == 1   ? (fill & 0xFF) * 0x01010101U
                             : element_bytes == 2 ? (fill & 0xFFFF) * 0x00010001U
                                                  : fill;
    for (size_t i = 0; i < bytes;) {
        const size_t left = bytes - i;
        const size_t words = __riscv_vsetvl_e32m8((left + 3) / 4), vl = words * 4 < left ? words * 4 : left;
        const vuint8m8_t value = __riscv_vreinterpret_v_u32m8_u8m8(__riscv_vmv_v_x_u32m8(pattern, words));
        __riscv_vse8_v_u8m8(output + i, value, vl);
        i += vl;
    }
}

}  // namespace

void any_copy_1x256__rvv(const CopyArgs& args, int64_t first, int64_t last) {
    constexpr int32_t kShortRow = 16;  // elements: below the vector's length, columns are copied instead of rows
    const int32_t inner = args.shape[args.rank - 1], bytes = args.element_bytes;
    const ptrdiff_t step = static_cast<ptrdiff_t>(args.stride_in[args.rank - 1] * bytes);
    const ptrdiff_t output_step = static_cast<ptrdiff_t>(args.output_stride * bytes);
    const int32_t line_dimension = args.rank - 2;  // -1: there is one row
    const ptrdiff_t row_step = line_dimension < 0 ? 0 : static_cast<ptrdiff_t>(args.stride_in[line_dimension] * bytes);
    const size_t count = static_cast<size_t>(inner), row_bytes = count * static_cast<size_t>(bytes);
    RowWalk walk(first, args.rank, args.shape, args.stride_in);
    for (int64_t row = first; row < last;) {
        const auto* input = static_cast<const uint8_t*>(args.input) + walk.offset * bytes;
        auto* output = static_cast<uint8_t*>(args.output) + row * output_step;
        const int64_t line = line_dimension < 0 ? 1 : args.shape[line_dimension] - walk.index[line_dimension];
        const int64_t rows = last - row < line ? last - row : line;
        if (row_step == bytes && inner <= kShortRow) {
            // Rows that begin one element behind another: column i of them is dense in the input.
            for (int32_t i = 0; i < inner; ++i) {
                spread_elements(input + i * step, bytes, output + i * bytes, output_step, static_cast<size_t>(rows));
            }
        } else if (step == bytes) {
            for (int64_t i = 0; i < rows; ++i) copy_bytes(input + i * row_step, output + i * output_step, row_bytes);
        } else {
            for (int64_t i = 0; i < rows; ++i) {
                copy_elements(input + i * row_step, step, bytes, output + i * output_step, count);
            }
        }
        row += rows;
        walk.skip(rows);
    }
}

void any_indexed_copy_1x256__rvv(const IndexedCopyArgs& args, int64_t first, int64_t last) {
    const int64_t pixel = int64_t{args.channels} * args.element_bytes;
    const size_t pixel_bytes = static_cast<size_t>(pixel);
    for (int64_t row = first; row < last; ++row) {
        auto* output = static_cast<uint8_t*>(args.output) + row * args.out_w * pixel;
        const int32_t row_index = args.rows[row % args.out_h];
        if (row_index < 0) {
            fill_elements(output, args.fill, args.element_bytes, pixel_bytes * static_cast<size_t>(args.out_w));
            continue;
        }
        const int64_t y = clamp_i64(row_index, 0, args.in_h - 1);
        const auto* input =
            static_cast<const uint8_t*>(args.input) + (row / args.out_h * args.in_h + y) * args.in_w * pixel;
        for (int32_t x = 0; x < args.out_w; ++x, output += pixel) {
            if (args.columns[x] < 0) {
                fill_elements(output, args.fill, args.element_bytes, pixel_bytes);
            } else {
                copy_bytes(input + clamp_i64(args.columns[x], 0, args.in_w - 1) * pixel, output, pixel_bytes);
            }
        }
    }
}

}  // namespace tmx::kernels
