#include "convolution_op.h"

#include <inttypes.h>

namespace tmx::runtime {
namespace {

struct Types {
    format::DataType activation, weight;
};

/// Indexed by format::Precision.
constexpr Types kTypes[] = {
    {format::DataType::Int8, format::DataType::Int8},
    {format::DataType::Int16, format::DataType::Int8},
    {format::DataType::Int16, format::DataType::Int16},
    {format::DataType::Float32, format::DataType::Float32},
};

Types types_of(const OpSite& site) { return kTypes[static_cast<int>(site.precision())]; }

}  // namespace

tmx_status check_convolution_types(const OpSite& site) {
    TMX_RETURN_IF_ERROR(site.check_counts(1));
    TMX_RETURN_IF_ERROR(site.check_precision_of_output());
    return site.check_type_as_output(0);
}

tmx_status resolve_weights(const OpSite& site, const format::PackedWeights& file, uint64_t elements,
                           const void** weights) {
    const format::DataType expected = types_of(site).weight;
    if (file.type() != expected) {
        return site.fail("weights: precision %s needs %s", format::EnumNamePrecision(site.precision()),
                         type_name(expected));
    }
    return site.resolve_bytes(file.span(), elements, static_cast<uint64_t>(element_bytes(expected)), "weights",
                              weights);
}

/// Smallest multiplier and the range of shifts, in loops that a compiler vectorizes: networks have 10^4 channels.
tmx_status check_channel_rescales(const OpSite& site, const int32_t* multipliers, const uint8_t* shifts,
                                  int32_t channels) {
    int32_t signs = 0;
    for (int32_t c = 0; c < channels; ++c) signs |= multipliers[c];
    uint8_t illegal = 0;
    for (int32_t c = 0; c < channels; ++c) illegal |= static_cast<uint8_t>(static_cast<uint8_t>(shifts[c] - 1) > 61);
    if (signs >= 0 && illegal == 0) return TMX_OK;
    int32_t channel = 0;
    while (multipliers[channel] >= 0 && shifts[channel] >= 1 && shifts[channel] <= 62) ++channel;
    return site.fail("output channel %" PRId32 ": multiplier %" PRId32 ", shift %d is no legal rescale", channel,
                     multipliers[channel], shifts[channel]);
}

tmx_status read_output_stage(const OpSite& site, const format::OutputStage& file, format::Accumulator accumulator,
                             kernels::OutputStage* stage) {
    const Tensor& out = site.output();
    const int32_t channels = out.shape[out.rank - 1];
    const uint64_t count = static_cast<uint64_t>(channels);
    if (accumulator > format::Accumulator::MAX) return site.fail("unknown accumulator");
    const bool wide = accumulator == format::Accumulator::Int64;
    stage->zero_point = out.zero_point;
    stage->clamp_min = file.clamp_min();
    stage->clamp_max = file.clamp_max();
    stage->clamp_min_f32 = file.clamp_min_f32();
    stage->clamp_max_f32 = file.clamp_max_f32();
    if (out.type == format::DataType::Float32) {
        if (wide) return site.fail("float32 with an integer accumulator");
        if (file.multipliers() != nullptr || file.shifts() != nullptr) return site.fail("float32 with multipliers");
        TMX_RETURN_IF_ERROR(site.resolve_bytes(file.bias(), count, sizeof(float), "bias", &stage->bias));
        return site.check_clamp_f32(stage->clamp_min_f32, stage->clamp_max_f32);
    }
    if (wide && out.type == format::DataType::Int8) return site.fail("int8 with a 64-bit accumulator");
    TMX_RETURN_IF_ERROR(
        site.resolve_bytes(file.bias(), count, wide ? sizeof(int64_t) : sizeof(int32_t), "bias", &stage->bias));
    TMX_RETURN_IF_ERROR(site.resolve(file.multipliers(), count, "multipliers", &stage->multiplier));
    TMX_RETURN_IF_ERROR(site.resolve(file.shifts(), count, "shifts", &stage->shift));
    TMX_RETURN_IF_ERROR(check_channel_rescales(site, stage->multiplier, stage->shift, channels));
    return site.check_clamp(stage->clamp_min, stage->clamp_max);
}

}  // namespace tmx::runtime
