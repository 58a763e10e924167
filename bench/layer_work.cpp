#include "bench/layer_work.h"

#include <cstring>

#include "kernels/packings.h"

namespace tmx::bench {

using kernels::PrecisionSlot;

namespace {

/// splitmix64, as bytes.
void fill_random(Bytes* bytes) {
    uint64_t state = 1;
    for (uint8_t& byte : *bytes) {
        uint64_t z = (state += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        byte = static_cast<uint8_t>(z >> 56);
    }
}

/// Small finite numbers instead of random bit patterns.
void fill_floats(Bytes* bytes) {
    fill_random(bytes);
    for (size_t i = 0; i + 4 <= bytes->size(); i += 4) {
        const float value = static_cast<float>((*bytes)[i]) / 256.0F - 0.5F;
        std::memcpy(bytes->data() + i, &value, sizeof(value));
    }
}

Bytes array(size_t bytes, bool floats) {
    Bytes result(bytes + kernels::kReadableSlackBytes);
    floats ? fill_floats(&result) : fill_random(&result);
    return result;
}

/// int16 weights as small as the converter makes them (kernel_types.h, kRunMagnitude).
void make_runs_fit(Bytes* weights) {
    for (size_t i = 0; i + 2 <= weights->size(); i += 2) {
        int16_t weight;
        std::memcpy(&weight, weights->data() + i, sizeof(weight));
        weight = static_cast<int16_t>(weight / 8);
        std::memcpy(weights->data() + i, &weight, sizeof(weight));
    }
}

size_t blocks(int32_t count, int32_t block) { return static_cast<size_t>((count + block - 1) / block); }

}  // namespace

LayerWork::LayerWork(const LayerShape& shape, int slot, const kernels::KernelTable& table) {
    const bool floats = slot == PrecisionSlot::f32;
    element_bytes_ = slot == PrecisionSlot::w8a8 ? 1 : floats ? 4 : 2;
    const size_t element = static_cast<size_t>(element_bytes_);
    const size_t weight_bytes = floats ? 4 : slot == PrecisionSlot::w16a16 ? 2 : 1;
    const size_t channels = static_cast<size_t>(shape.out_c);
    const bool wide = slot == PrecisionSlot::w16a16 && !shape.depthwise();
    const kernels::Window window = {shape.kernel_h, shape.kernel_w, shape.stride, shape.stride, 1, 1,
                                    shape.pad_top,  shape.pad_left};
    const size_t taps = static_cast<size_t>(shape.kernel_h) * static_cast<size_t>(shape.kernel_w);
    const size_t pixels_in = static_cast<size_t>(shape.in_h) * static_cast<size_t>(shape.in_w);
    const size_t pixels_out = static_cast<size_t>(shape.out_h) * static_cast<size_t>(shape.out_w);

    input_ = array(pixels_in * static_cast<size_t>(shape.in_c) * element, floats);
    output_ = array(pixels_out * channels * element, false);
    bias_ = array(channels * (wide ? 8 : 4), floats);
    if (!floats) std::memset(bias_.data(), 0, bias_.size());
    multipliers_.resize(channels * 4);
    shifts_.resize(channels);
    const double magnitude = 74.0 * 74.0 * (element == 2 ? 256.0 : 1.0) * (wide ? 256.0 : 1.0);
    for (size_t c = 0; c < channels; ++c) {
        // Brings sums of ordinary size to ordinary codes; differs by channel as real multipliers do.
        const int32_t multiplier = (1 << 30) + static_cast<int32_t>(c % 64) * 1000003;
        std::memcpy(multipliers_.data() + 4 * c, &multiplier, sizeof(multiplier));
        int shift = 30;
        for (double sum = magnitude; sum > (element == 2 ? 20000.0 : 80.0); sum /= 2) ++shift;
        shifts_[c] = static_cast<uint8_t>(shift);
    }
    kernels::OutputStage stage{};
    stage.bias = bias_.data();
    stage.multiplier = floats ? nullptr : reinterpret_cast<const int32_t*>(multipliers_.data());
    stage.shift = floats ? nullptr : shifts_.data();
    stage.clamp_min = element == 1 ? -128 : -32768;
    stage.clamp_max = element == 1 ? 127 : 32767;
    stage.clamp_min_f32 = -3.4e38F;
    stage.clamp_max_f32 = 3.4e38F;
    const int32_t row_channels = shape.depthwise() ? shape.in_c : shape.in_c / shape.groups;
    scratch_.resize(kernels::conv_scratch_bytes(shape.in_h, shape.in_w, shape.out_h, shape.out_w, window, row_channels,
                                                element_bytes_));
    if (shape.depthwise()) {
        depthwise_kernel_ = &table.depthwise[slot];
        kernel_ = depthwise_kernel_->name;
        weights_ = array(taps * channels * weight_bytes, floats);
        if (slot == PrecisionSlot::w16a16) make_runs_fit(&weights_);
        depthwise_ = {1, shape.in_h,      shape.in_w, shape.in_c, shape.out_h,    shape.out_w,    window, input_.data(),
                      0, weights_.data(), wide,       stage,      output_.data(), scratch_.data()};
        range_ = shape.out_h;
    } else {
        conv_kernel_ = &table.conv[slot];
        kernel_ = conv_kernel_->name;
        const kernels::Packing packing = kernels::best_packing(conv_kernel_->isa, slot);
        weights_ = array(blocks(shape.out_c, packing.nr) * taps * blocks(shape.in_c, packing.kr) *
                             static_cast<size_t>(packing.nr * packing.kr) * weight_bytes,
                         floats);
        if (slot == PrecisionSlot::w16a16) make_runs_fit(&weights_);
        conv_ = {1,           shape.in_h,      shape.in_w,      shape.in_c, shape.out_h,
                 shape.out_w, shape.out_c,     shape.groups,    window,     input_.data(),
                 0,           weights_.data(), packing.nr,      packing.kr, wide,
                 stage,       output_.data(),  scratch_.data(), false};
        conv_.runs_fit = slot == PrecisionSlot::w16a16;
        range_ = int64_t{shape.out_h} * shape.out_w;
    }
}

void LayerWork::run() {
    if (depthwise_kernel_ != nullptr) {
        kernels::depthwise_prepare(depthwise_, element_bytes_);
        depthwise_kernel_->run(depthwise_, 0, range_);
    } else {
        kernels::conv_prepare(conv_, element_bytes_);
        conv_kernel_->run(conv_, 0, range_);
    }
}

}  // namespace tmx::bench
