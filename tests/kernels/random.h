// Reproducible pseudo-random numbers: the same sequence on every processor and C++ library (splitmix64).
#ifndef TINAMIX_TESTS_KERNELS_RANDOM_H_
#define TINAMIX_TESTS_KERNELS_RANDOM_H_

#include <cstdint>

namespace tmx::kernels::test {

class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t bits() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    /// Uniform in low..high, both included.
    int64_t integer(int64_t low, int64_t high) {
        const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
        return static_cast<int64_t>(static_cast<uint64_t>(low) + (span == 0 ? bits() : bits() % span));
    }
    int32_t int32(int32_t low, int32_t high) { return static_cast<int32_t>(integer(low, high)); }

    /// True once in `n` times.
    bool one_in(int64_t n) { return integer(1, n) == 1; }

    /// Uniform in [-bound, bound], a multiple of bound / 2^23.
    float real(float bound) { return static_cast<float>(integer(-(1 << 23), 1 << 23)) * (1.0f / (1 << 23)) * bound; }

    template <typename T, int N>
    T pick(const T (&choices)[N]) {
        return choices[integer(0, N - 1)];
    }

  private:
    uint64_t state_;
};

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_RANDOM_H_
