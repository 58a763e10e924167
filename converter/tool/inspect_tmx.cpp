// tinamix inspect net.tmx: facts from the file, none from the processor that reads it.
#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "formats/mapped_file.h"
#include "tinamix_generated.h"
#include "tool/arena_bound.h"
#include "tool/inspect.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;
namespace format = tmx::format;

Json tensor_json(const tmx_tensor& tensor) {
    return {{"name", tensor.name},   {"type", type_text(tensor.type)},  {"shape", onnx_shape(tensor)},
            {"scale", tensor.scale}, {"zero_point", tensor.zero_point}, {"bytes", tensor.bytes}};
}

uint64_t span_bytes(const format::Span* span) { return span == nullptr ? 0 : span->bytes(); }

uint64_t stage_bytes(const format::OutputStage& stage) {
    return span_bytes(stage.bias()) + span_bytes(stage.multipliers()) + span_bytes(stage.shifts());
}

/// Bytes of the weight segment that belong to one op, and how wide it sums.
struct Stored {
    uint64_t bytes = 0;
    const char* accumulator = nullptr;
    Json packings = Json::array();  ///< "16x4": outputs by inputs
};

const char* accumulator_text(format::Accumulator accumulator) {
    return accumulator == format::Accumulator::Int64 ? "int64" : "int32";
}

Stored stored(const format::Op& op) {
    Stored result;
    if (const auto* conv = op.options_as_Conv2D()) {
        for (const format::PackedWeights* weights : *conv->weights()) {
            result.bytes += span_bytes(weights->span());
            result.packings.push_back(fmt::format("{}x{}", weights->nr(), weights->kr()));
        }
        result.bytes += stage_bytes(*conv->output());
        result.accumulator = accumulator_text(conv->accumulator());
    } else if (const auto* depthwise = op.options_as_DepthwiseConv2D()) {
        result.bytes = span_bytes(depthwise->weights()->span()) + stage_bytes(*depthwise->output());
        result.accumulator = accumulator_text(depthwise->accumulator());
    } else if (const auto* lookup = op.options_as_Lookup()) {
        result.bytes = span_bytes(lookup->table());
    } else if (const auto* softmax = op.options_as_Softmax()) {
        result.bytes = span_bytes(softmax->exp2());
    } else if (const auto* recurrent = op.options_as_Recurrent()) {
        for (const format::GateProduct* product : {recurrent->input(), recurrent->recurrent()}) {
            result.bytes += span_bytes(product->weights()->span()) + span_bytes(product->bias()) +
                            span_bytes(product->multipliers()) + span_bytes(product->shifts());
        }
        for (const format::GateFunction* function : *recurrent->functions()) {
            result.bytes += span_bytes(function->table());
        }
        result.accumulator = accumulator_text(recurrent->recurrent()->accumulator());
    } else if (const auto* normalize = op.options_as_Normalize()) {
        result.bytes = span_bytes(normalize->gains()) + span_bytes(normalize->biases());
    } else if (const auto* copy = op.options_as_IndexedCopy()) {
        result.bytes = span_bytes(copy->rows()) + span_bytes(copy->columns());
    } else if (const auto* npu = op.options_as_NpuCall()) {
        result.bytes = span_bytes(npu->nbg());
    } else if (const auto* resample = op.options_as_Resample()) {
        for (const format::AxisTaps* axis : {resample->rows(), resample->columns()}) {
            result.bytes += span_bytes(axis->indices()) + span_bytes(axis->weights());
        }
    }
    if (op.precision() == format::Precision::F32) result.accumulator = nullptr;
    return result;
}

}  // namespace

Json inspect_tmx(const std::string& path) {
    // Opening runs the verifier: what follows may trust the file.
    const Simulation simulation(path, 1);
    const formats::MappedFile file(path);
    const format::Model& model = *format::GetModel(file.bytes().data());
    const tmx_info& info = simulation.info();

    Json json;
    json["file"] = std::filesystem::path(path).filename().string();
    json["kind"] = "tmx";
    json["producer"] = info.producer;
    json["target"] = info.target;
    json["checksum"] = fmt::format("{:016x}", info.checksum);
    json["minimum_runtime"] = fmt::format("{}.{}.{}", model.minimum_runtime() >> 16, model.minimum_runtime() >> 8 & 255,
                                          model.minimum_runtime() & 255);
    json["required_isa"] = Json::array();
    if (model.required_isa() != nullptr) {
        if (model.required_isa() != nullptr) {
            for (const auto* isa : *model.required_isa()) json["required_isa"].push_back(isa->str());
        }
    }
    json["file_bytes"] = info.file_bytes;
    json["weights_bytes"] = info.weights_bytes;
    json["arena_bytes"] = info.arena_bytes;
    const uint64_t bound = largest_live_sum(simulation);
    json["arena_lower_bound_bytes"] = bound;
    json["arena_ratio"] = bound == 0 ? 1.0 : static_cast<double>(info.arena_bytes) / static_cast<double>(bound);
    json["inputs"] = Json::array();
    for (int32_t i = 0; i < info.input_count; ++i) json["inputs"].push_back(tensor_json(simulation.input(i)));
    json["outputs"] = Json::array();
    for (int32_t i = 0; i < info.output_count; ++i) json["outputs"].push_back(tensor_json(simulation.output(i)));

    std::array<uint64_t, 4> layers_by_precision{}, macs_by_precision{};
    Json layers = Json::array();
    uint64_t macs = 0;
    for (int32_t index = 0; index < info.op_count; ++index) {
        const tmx_op op = simulation.op(index);
        if (op.role != TMX_WITH_NPU) {  // the CPU's way through a section for an NPU
            ++layers_by_precision[op.precision];
            macs_by_precision[op.precision] += op.macs;
            macs += op.macs;
        }
        Json layer{{"name", op.layer},
                   {"op", op.onnx_type},
                   {"type", op.type},
                   {"precision", precision_text(op.precision)},
                   {"outputs", Json::array()}};
        for (int32_t i = 0; i < op.output_count; ++i) {
            layer["outputs"].push_back(tensor_json(simulation.tensor(op.outputs[i])));
        }
        const format::Op& described = *model.ops()->Get(static_cast<flatbuffers::uoffset_t>(index));
        const Stored own = stored(described);
        if (own.accumulator != nullptr) layer["accumulator"] = own.accumulator;
        if (!own.packings.empty()) layer["packings"] = own.packings;
        layer["macs"] = op.macs;
        layer["weight_bytes"] = own.bytes;
        layer["scratch_bytes"] = described.scratch_bytes();
        layers.push_back(std::move(layer));
    }
    if (info.npu_sections > 0) {
        json["npu"] = {{"target", fmt::format("0x{:X}", info.npu_target)}, {"sections", info.npu_sections}};
    }
    json["layer_count"] = info.op_count;
    json["tensor_count"] = info.tensor_count;
    json["macs"] = macs;
    json["precisions"] = Json::object();
    for (int p = 0; p < 4; ++p) {
        if (layers_by_precision[static_cast<size_t>(p)] == 0) continue;
        json["precisions"][precision_text(static_cast<tmx_precision>(p))] = {
            {"layers", layers_by_precision[static_cast<size_t>(p)]},
            {"macs", macs_by_precision[static_cast<size_t>(p)]}};
    }
    json["settings"] = info.settings[0] == '\0' ? Json() : Json::parse(info.settings, nullptr, false);
    json["layers"] = std::move(layers);
    return json;
}

}  // namespace tinamix::tool
