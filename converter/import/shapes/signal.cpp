// Spectra, and the weights that sum them into bands. Lengths and steps must be known.
#include "float/onnx_types.h"
#include "import/shapes/rule.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

/// Bins of a spectrum over `length` samples.
int64_t bins(const ShapeCall& call, int64_t length, int64_t one_sided_by_default) {
    call.require(length > 0, "the length is out of range");
    return call.node().integer("onesided", one_sided_by_default) != 0 ? length / 2 + 1 : length;
}

Outputs dft(const ShapeCall& call) {
    ir::Shape shape = call.shape(0);
    call.require(shape.size() >= 3, "the input must have three dimensions at least");
    const size_t axis =
        call.axis(call.opset() >= 20 ? call.scalar(2, -2) : call.node().integer("axis", 1), shape.size());
    call.require(axis + 1 < shape.size(), "the last axis cannot be transformed");
    shape[axis] = bins(call, call.scalar(1, shape[axis]), 0);
    shape.back() = 2;
    return {{call.type(0), shape}};
}

Outputs stft(const ShapeCall& call) {
    const ir::Shape& from = call.shape(0);
    call.require(from.size() == 3, "the signal must have three dimensions");
    const int64_t step = call.scalar(1, 0);
    const int64_t length = call.scalar(3, call.has(2) ? ir::element_count(call.shape(2)) : 0);
    call.require(step > 0 && length > 0 && length <= from[1], "step or length is out of range");
    return {{call.type(0), {from[0], (from[1] - length) / step + 1, bins(call, length, 1), 2}}};
}

/// The edges of the bands need not be known.
Outputs mel_weight_matrix(const ShapeCall& call) {
    const int64_t bands = call.scalar(0, 0), length = call.scalar(1, 0);
    const auto type = float_exec::element_type_of_onnx(call.node().integer("output_datatype", 1));
    call.require(bands > 0 && length > 0 && type.has_value(), "a parameter is out of range");
    return {{*type, {length / 2 + 1, bands}}};
}

}  // namespace

void add_signal_rules(ShapeRules& rules) {
    rules["DFT"] = dft;
    rules["STFT"] = stft;
    rules["MelWeightMatrix"] = mel_weight_matrix;
}

}  // namespace tinamix::import
