// Requantization between the four pairs of integer types, 8 elements at a time (elementwise.h).
#include "kernels/arm/elementwise.h"
#include "kernels/kernel_table.h"

namespace tmx::kernels {

void i8_i8_requantize_1x8__neon(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize_rows<int8_t, int8_t>(args, first, last);
}
void i8_i16_requantize_1x8__neon(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize_rows<int8_t, int16_t>(args, first, last);
}
void i16_i8_requantize_1x8__neon(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize_rows<int16_t, int8_t>(args, first, last);
}
void i16_i16_requantize_1x8__neon(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize_rows<int16_t, int16_t>(args, first, last);
}

}  // namespace tmx::kernels
