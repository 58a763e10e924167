// Puts the file together: sections, FlatBuffer, weight segment, trailer.
#include "pack/pack.h"

#include "model_file.h"
#include "pack/lowered_model.h"
#include "pack/lowering.h"
#include "pack/model_image.h"
#include "tinamix.h"

namespace tinamix::pack {

namespace fb = tmx::format;

fb::ModelT lowered_model(const ir::Graph& graph, const quantize::Plan& plan, const Target& target,
                         const std::string& settings, WeightSegment& weights, PackedLayers* known) {
    Lowering lowering(graph, plan, target, weights, known);
    lowering.run();
    fb::ModelT model = std::move(lowering.model());
    model.producer = "tinamix " + std::string(tmx_version());
    model.minimum_runtime = TMX_VERSION_MAJOR << 16 | TMX_VERSION_MINOR << 8;
    model.target = target.name;
    model.settings = settings;
    place_in_arena(model, tmx::kAlignment);
    model.weights_bytes = (weights.bytes().size() + tmx::kAlignment - 1) / tmx::kAlignment * tmx::kAlignment;
    auto section = std::make_unique<fb::SectionT>();
    section->device = fb::Device::Cpu;
    section->op_count = static_cast<uint32_t>(model.ops.size());
    model.sections.push_back(std::move(section));
    return model;
}

std::vector<uint8_t> pack(const ir::Graph& graph, const quantize::Plan& plan, const Target& target,
                          const std::string& settings, uint32_t model_version) {
    WeightSegment segment;
    fb::ModelT model = lowered_model(graph, plan, target, settings, segment);
    return model_image(model, segment.bytes(), model_version);
}

}  // namespace tinamix::pack
