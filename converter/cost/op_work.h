// What an op of a model has to do, in the numbers that its time depends on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quantize/plan.h"
#include "tinamix_generated.h"

namespace tinamix::cost {

struct OpWork {
    std::string layer;  ///< as in the file
    /// "pointwise" (a 1x1 convolution), "convolution", "fully_connected" (one position), "depthwise", the first
    /// three with kLong where kernels may not sum 16-bit products in 32 bits, and of w8a16 with kWide where sums take
    /// 64 bits; of every other op the name that the runtime has for it: "Binary", "Requantize".
    std::string kind;
    quantize::Precision precision = quantize::Precision::kW8A8;
    int64_t macs = 0;
    int64_t inputs = 0, outputs = 0;  ///< elements read (constants too) and written
    int64_t weight_bytes = 0;         ///< of a convolution, in its first packing
    /// Of convolutions and pools: pairs of an output position and a place of the window, and the same for every output
    /// element. What few channels cost besides their multiplications.
    int64_t positions = 0, taps = 0;
    int64_t visits = 0;  ///< of convolutions: MACs for each output channel. Few channels leave vectors unfilled.
};

/// Behind the kind of a convolution in w8a16 with 64-bit sums, and of one in w16a16 without short runs
/// (schema/tinamix.fbs).
inline constexpr std::string_view kWide = "_wide", kLong = "_long";
/// The kind without what stands behind it.
std::string plain_kind(const std::string& kind);

/// One entry per op, in the order of execution.
std::vector<OpWork> works_of(const tmx::format::ModelT& model);

}  // namespace tinamix::cost
