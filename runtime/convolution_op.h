// What ops with weights share: types by precision, packed weights, and the output stage.
#ifndef TINAMIX_RUNTIME_CONVOLUTION_OP_H_
#define TINAMIX_RUNTIME_CONVOLUTION_OP_H_

#include "op_site.h"

namespace tmx::runtime {

/// One input and one output, of the element type that the precision computes in.
tmx_status check_convolution_types(const OpSite& site);

/// Resolves weights of exactly `elements` elements (padding of the packing included) of the precision's type.
tmx_status resolve_weights(const OpSite& site, const format::PackedWeights& file, uint64_t elements,
                           const void** weights);

/// One multiplier and shift per channel, each a legal rescale.
tmx_status check_channel_rescales(const OpSite& site, const int32_t* multipliers, const uint8_t* shifts,
                                  int32_t channels);

/// Checks and resolves bias, multipliers, shifts and clamps for the output's channels (its last dimension), and the
/// accumulator.
tmx_status read_output_stage(const OpSite& site, const format::OutputStage& file, format::Accumulator accumulator,
                             kernels::OutputStage* stage);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_CONVOLUTION_OP_H_
