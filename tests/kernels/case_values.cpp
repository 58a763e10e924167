// Values for kernel tests: codes, clamps and rescales with their edges drawn often.
#include "cases.h"

namespace tmx::kernels::test {

int32_t lowest_code(int element_bytes) { return element_bytes == 1 ? -128 : element_bytes == 2 ? -32768 : -(1 << 30); }
int32_t highest_code(int element_bytes) { return element_bytes == 1 ? 127 : element_bytes == 2 ? 32767 : 1 << 30; }

void fill_codes(Random& random, Values values, int element_bytes, int32_t low, int32_t high, Buffer* buffer) {
    const int32_t constant = random.one_in(2) ? low : high;
    for (size_t i = 0; i < buffer->bytes() / element_bytes; ++i) {
        int32_t code = constant;
        if (values == Values::kRandom) code = random.int32(low, high);
        if (values == Values::kExtreme) code = random.one_in(2) ? low : high;
        if (element_bytes == 1) {
            const int8_t narrow = static_cast<int8_t>(code);
            std::memcpy(buffer->data() + i, &narrow, 1);
        } else if (element_bytes == 4) {
            std::memcpy(buffer->data() + 4 * i, &code, 4);
        } else {
            const int16_t narrow = static_cast<int16_t>(code);
            std::memcpy(buffer->data() + 2 * i, &narrow, 2);
        }
    }
}

void fill_floats(Random& random, float bound, Buffer* buffer) {
    for (size_t i = 0; i < buffer->bytes() / sizeof(float); ++i) {
        float value = random.real(bound);
        if (random.one_in(16)) value = random.one_in(2) ? 0.0f : -0.0f;
        std::memcpy(buffer->data() + sizeof(float) * i, &value, sizeof(float));
    }
}

Rescale random_rescale(Random& random, double magnitude, double target) {
    constexpr int32_t kHalf = 1 << 30;
    if (random.one_in(12)) return {random.int32(kHalf, INT32_MAX), random.int32(1, 62)};
    if (random.one_in(40)) return {random.int32(0, kHalf), 62};
    if (random.one_in(40)) return {0, 62};
    if (random.one_in(40)) return {kHalf, 30};
    int32_t shift = 30;
    double real = target / magnitude;
    while (real < 1.0 && shift < 62) {
        real *= 2;
        ++shift;
    }
    while (real >= 2.0 && shift > 1) {
        real /= 2;
        --shift;
    }
    return {random.int32(kHalf, INT32_MAX), shift};
}

void random_clamp(Random& random, int element_bytes, int32_t* low, int32_t* high) {
    *low = lowest_code(element_bytes);
    *high = highest_code(element_bytes);
    switch (random.int32(0, 5)) {
        case 0:
            *low = random.int32(*low, *high);
            break;
        case 1:
            *low = random.int32(*low, *high);
            *high = random.int32(*low, *high);
            break;
        default:
            break;
    }
}

int32_t random_zero_point(Random& random, int element_bytes) {
    if (element_bytes != 1) return 0;
    const int32_t edges[] = {-128, 127, 0};
    return random.one_in(2) ? random.pick(edges) : random.int32(-128, 127);
}

}  // namespace tmx::kernels::test
