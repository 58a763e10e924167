// Element-wise operations, RISC-V vectors. The loops and their reasons: elementwise.h.
#include "kernels/kernel_table.h"
#include "kernels/rvv/elementwise.h"

namespace tmx::kernels {

void i8_binary_1x64__rvv(const BinaryArgs& args, int64_t first, int64_t last) {
    if (!binary<int8_t>(args, first, last)) i8_binary__reference(args, first, last);
}
void i16_binary_1x32__rvv(const BinaryArgs& args, int64_t first, int64_t last) {
    if (!binary<int16_t>(args, first, last)) i16_binary__reference(args, first, last);
}

void i8_i8_requantize_1x64__rvv(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int8_t, int8_t>(args, first, last);
}
void i8_i16_requantize_1x64__rvv(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int8_t, int16_t>(args, first, last);
}
void i16_i8_requantize_1x64__rvv(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int16_t, int8_t>(args, first, last);
}
void i16_i16_requantize_1x64__rvv(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int16_t, int16_t>(args, first, last);
}

// Between float32 and codes (docs/arithmetic.md, 7). The conversion to integers rounds half to even by itself.

namespace {

/// Codes of elements [first, last) as 32-bit integers within the type, NaN as the zero point: store(at, codes, vl).
template <typename T, typename Store>
void quantize(const QuantizeArgs& args, int64_t first, int64_t last, const Store& store) {
    constexpr float kBound = 65536.0f;
    for (int64_t i = first; i < last;) {
        const size_t vl = setvl_32(last - i);
        vfloat32m8_t x = __riscv_vfmul_vf_f32m8(__riscv_vle32_v_f32m8(args.input + i, vl), args.inverse_scale, vl);
        const vbool4_t number = __riscv_vmfeq_vv_f32m8_b4(x, x, vl);
        x = __riscv_vmerge_vvm_f32m8(__riscv_vfmv_v_f_f32m8(0.0f, vl), x, number, vl);
        x = __riscv_vfmin_vf_f32m8(__riscv_vfmax_vf_f32m8(x, -kBound, vl), kBound, vl);
        vint32m8_t code = __riscv_vfcvt_x_f_v_i32m8_rm(x, __RISCV_FRM_RNE, vl);
        code = __riscv_vsadd_vx_i32m8(code, args.zero_point, vl);
        store(static_cast<T*>(args.output) + i, __riscv_vnclip_wx_i16m4(code, 0, __RISCV_VXRM_RNU, vl), vl);
        i += static_cast<int64_t>(vl);
    }
}

template <typename T>
void dequantize(const DequantizeArgs& args, int64_t first, int64_t last) {
    for (int64_t i = first; i < last;) {
        const size_t vl = setvl_32(last - i);
        const vint32m8_t code = widen(static_cast<const T*>(args.input) + i, vl);
        const vfloat32m8_t x = __riscv_vfcvt_f_x_v_f32m8(__riscv_vsub_vx_i32m8(code, args.zero_point, vl), vl);
        __riscv_vse32_v_f32m8(args.output + i, __riscv_vfmul_vf_f32m8(x, args.scale, vl), vl);
        i += static_cast<int64_t>(vl);
    }
}

}  // namespace

void i8_quantize_1x64__rvv(const QuantizeArgs& args, int64_t first, int64_t last) {
    quantize<int8_t>(args, first, last, [](int8_t* output, vint16m4_t codes, size_t vl) {
        __riscv_vse8_v_i8m2(output, __riscv_vnclip_wx_i8m2(codes, 0, __RISCV_VXRM_RNU, vl), vl);
    });
}
void i16_quantize_1x64__rvv(const QuantizeArgs& args, int64_t first, int64_t last) {
    quantize<int16_t>(args, first, last,
                      [](int16_t* output, vint16m4_t codes, size_t vl) { __riscv_vse16_v_i16m4(output, codes, vl); });
}
void i8_dequantize_1x64__rvv(const DequantizeArgs& args, int64_t first, int64_t last) {
    dequantize<int8_t>(args, first, last);
}
void i16_dequantize_1x64__rvv(const DequantizeArgs& args, int64_t first, int64_t last) {
    dequantize<int16_t>(args, first, last);
}

// Table look-ups. The int8 table fills eight registers of 256 bits, where vrgather finds 256 codes at once; shorter
// vectors gather from memory, as the int16 table's two neighbours always are.

void i8_lookup_1x256__rvv(const LookupArgs& args, int64_t first, int64_t last) {
    constexpr size_t kEntries = 256;
    constexpr uint8_t kSign = 0x80;
    const auto* input = static_cast<const uint8_t*>(args.input);
    const auto* table = static_cast<const int8_t*>(args.table);
    auto* output = static_cast<int8_t*>(args.output);
    if (__riscv_vsetvlmax_e8m8() >= kEntries) {
        const vint8m8_t entries = __riscv_vle8_v_i8m8(table, kEntries);
        for (int64_t i = first; i < last;) {
            const size_t vl = __riscv_vsetvl_e8m8(static_cast<size_t>(last - i));
            const vuint8m8_t index = __riscv_vxor_vx_u8m8(__riscv_vle8_v_u8m8(input + i, vl), kSign, vl);
            __riscv_vse8_v_i8m8(output + i, __riscv_vrgather_vv_i8m8(entries, index, vl), vl);
            i += static_cast<int64_t>(vl);
        }
        return;
    }
    for (int64_t i = first; i < last;) {
        const size_t vl = __riscv_vsetvl_e8m8(static_cast<size_t>(last - i));
        const vuint8m8_t index = __riscv_vxor_vx_u8m8(__riscv_vle8_v_u8m8(input + i, vl), kSign, vl);
        __riscv_vse8_v_i8m8(output + i, __riscv_vluxei8_v_i8m8(table, index, vl), vl);
        i += static_cast<int64_t>(vl);
    }
}

void i16_lookup_1x64__rvv(const LookupArgs& args, int64_t first, int64_t last) {
    if (args.octaves) return i16_lookup__reference(args, first, last);
    constexpr uint16_t kSign = 0x8000;
    const size_t bits = static_cast<size_t>(args.interval_bits);
    const auto mask = static_cast<uint16_t>((1 << bits) - 1);
    const auto* input = static_cast<const uint16_t*>(args.input);
    const auto* table = static_cast<const int16_t*>(args.table);
    auto* output = static_cast<int16_t*>(args.output);
    for (int64_t i = first; i < last;) {
        const size_t vl = __riscv_vsetvl_e16m4(static_cast<size_t>(last - i));
        const vuint16m4_t code = __riscv_vle16_v_u16m4(input + i, vl);
        // Byte offset of entry (code + 32768) >> bits; the entries have two bytes.
        vuint16m4_t offset = __riscv_vsrl_vx_u16m4(__riscv_vxor_vx_u16m4(code, kSign, vl), bits, vl);
        offset = __riscv_vsll_vx_u16m4(offset, 1, vl);
        const vint16m4_t low = __riscv_vluxei16_v_i16m4(table, offset, vl);
        const vint16m4_t high = __riscv_vluxei16_v_i16m4(table + 1, offset, vl);
        const vuint16m4_t fraction = __riscv_vand_vx_u16m4(code, mask, vl);
        vint32m8_t rise = __riscv_vwsub_vv_i32m8(high, low, vl);
        rise =
            __riscv_vmul_vv_i32m8(rise, __riscv_vreinterpret_v_u32m8_i32m8(__riscv_vzext_vf2_u32m8(fraction, vl)), vl);
        rise = __riscv_vssra_vx_i32m8(rise, bits, __RISCV_VXRM_RNU, vl);
        const vint32m8_t sum = __riscv_vwadd_wv_i32m8(rise, low, vl);
        __riscv_vse16_v_i16m4(output + i, __riscv_vncvt_x_x_w_i16m4(sum, vl), vl);
        i += static_cast<int64_t>(vl);
    }
}

}  // namespace tmx::kernels
