#include "search/opened_variant.h"

#include <cstring>

#include "diagnostics/error.h"
#include "model_file.h"
#include "parts.h"
#include "states.h"

namespace tinamix::search {

AlignedMemory aligned_memory(size_t bytes) {
    const size_t rounded = (bytes + tmx::kAlignment - 1) / tmx::kAlignment * tmx::kAlignment;
    AlignedMemory memory(static_cast<uint8_t*>(std::aligned_alloc(tmx::kAlignment, rounded)));
    if (!memory) throw Error("search", "out of memory");
    return memory;
}

OpenedVariant::OpenedVariant(const Variant& variant, const pack::WeightSegment& weights, uint8_t* arena,
                             size_t arena_bytes) {
    tmx_options options;
    tmx_options_init(&options);
    options.arena = arena;
    options.arena_bytes = arena_bytes;
    tmx_model* model = nullptr;
    const tmx_status status = tmx::runtime::open_parts(*tmx::format::GetModel(variant.graph.data()),
                                                       weights.bytes().data(), variant.weights_bytes, options, &model);
    if (status != TMX_OK) throw Error("search", tmx_last_error(nullptr));
    model_.reset(model);
}

void OpenedVariant::check(tmx_status status) const {
    if (status != TMX_OK) throw Error("search", tmx_last_error(model_.get()));
}

void OpenedVariant::set_input(int32_t index, const ir::Tensor& values) {
    const std::vector<float> floats = values.to_floats();
    check(tmx_input_set_f32(model_.get(), index, floats.data(), floats.size()));
}

void OpenedVariant::run(int32_t op) { tmx::runtime::run_one_op(*model_, op); }

void OpenedVariant::write(int32_t index, const ir::Tensor& values) {
    tmx::runtime::write_tensor(*model_, index, values.to_floats().data());
}

void OpenedVariant::read(int32_t index, std::vector<float>& values) const {
    values.resize(tensor(index).elements);
    check(tmx_tensor_get_f32(model_.get(), index, values.data(), values.size()));
}

const tmx::runtime::Tensor& OpenedVariant::state(uint32_t index) const {
    return tensor(model_->graph.file->states()->Get(index)->input());
}

void OpenedVariant::keep_states() { tmx::runtime::keep_states(model_->graph); }

std::vector<std::vector<uint8_t>> OpenedVariant::states() const {
    std::vector<std::vector<uint8_t>> states;
    for (uint32_t i = 0; i < tmx::runtime::state_count(model_->graph); ++i) {
        const auto* bytes = static_cast<const uint8_t*>(state(i).data);
        states.emplace_back(bytes, bytes + state(i).bytes);
    }
    return states;
}

void OpenedVariant::set_states(const std::vector<std::vector<uint8_t>>& states) {
    for (uint32_t i = 0; i < states.size(); ++i) std::memcpy(state(i).data, states[i].data(), states[i].size());
}

}  // namespace tinamix::search
