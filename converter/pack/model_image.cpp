#include "pack/model_image.h"

#include <algorithm>
#include <cstring>

#include "model_file.h"
#include "pack/memory_plan.h"

namespace tinamix::pack {

namespace fb = tmx::format;

uint64_t tensor_bytes(const fb::TensorT& tensor) {
    uint64_t bytes = tensor.type == fb::DataType::Int8 ? 1 : tensor.type == fb::DataType::Int16 ? 2 : 4;
    for (int32_t dimension : tensor.shape) bytes *= static_cast<uint64_t>(dimension);
    return bytes;
}

namespace {

/// Owner of the tensor's memory.
size_t owner(const fb::ModelT& model, int32_t tensor) {
    const int32_t alias = model.tensors[static_cast<size_t>(tensor)]->alias_of;
    return static_cast<size_t>(alias < 0 ? tensor : alias);
}

size_t aligned(size_t bytes) { return (bytes + tmx::kAlignment - 1) / tmx::kAlignment * tmx::kAlignment; }

}  // namespace

void place_in_arena(fb::ModelT& model, uint64_t alignment) {
    constexpr int kUnused = -1;
    const int op_count = static_cast<int>(model.ops.size());
    std::vector<Block> blocks;
    std::vector<int> block_of(model.tensors.size(), kUnused);
    const auto touch = [&](int32_t tensor, int op) {
        const size_t index = owner(model, tensor);
        if (model.tensors[index]->storage == fb::Storage::Constant) return;
        if (block_of[index] == kUnused) {
            block_of[index] = static_cast<int>(blocks.size());
            blocks.push_back({tensor_bytes(*model.tensors[index]), op, op, 0});
        }
        Block& block = blocks[static_cast<size_t>(block_of[index])];
        block.first_op = std::min(block.first_op, op);
        block.last_op = std::max(block.last_op, op);
    };
    for (int32_t input : model.inputs) touch(input, 0);
    for (int op = 0; op < op_count; ++op) {
        for (int32_t input : model.ops[static_cast<size_t>(op)]->inputs) touch(input, op);
        for (int32_t output : model.ops[static_cast<size_t>(op)]->outputs) touch(output, op);
    }
    const int last = std::max(op_count - 1, 0);
    for (int32_t output : model.outputs) touch(output, last);
    for (const fb::State& state : model.states) {  // kept from run to run
        touch(state.input(), 0);
        touch(state.input(), last);
        touch(state.output(), last);
    }

    const size_t tensor_blocks = blocks.size();
    std::vector<size_t> scratch_ops;
    for (int op = 0; op < op_count; ++op) {
        const uint64_t bytes = model.ops[static_cast<size_t>(op)]->scratch_bytes;
        if (bytes == 0) continue;
        scratch_ops.push_back(static_cast<size_t>(op));
        blocks.push_back({bytes, op, op, 0});
    }
    const uint64_t arena = plan_memory(blocks, alignment);
    for (size_t i = 0; i < model.tensors.size(); ++i) {
        const size_t index = owner(model, static_cast<int32_t>(i));
        if (block_of[index] != kUnused) {
            model.tensors[i]->offset = blocks[static_cast<size_t>(block_of[index])].offset;
        }
    }
    for (size_t i = 0; i < scratch_ops.size(); ++i) {
        model.ops[scratch_ops[i]]->scratch_offset = blocks[tensor_blocks + i].offset;
    }
    model.arena_bytes = arena + tmx::kAlignment;  // 64 readable bytes behind everything
}

std::vector<uint8_t> model_image(fb::ModelT& model, std::span<const uint8_t> weights, uint32_t model_version) {
    model.weights_bytes = aligned(weights.size());
    flatbuffers::FlatBufferBuilder builder;
    fb::FinishModelBuffer(builder, fb::Model::Pack(builder, &model));
    std::vector<uint8_t> file(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());

    tmx::Trailer trailer{};
    std::memcpy(trailer.magic, tmx::kTrailerMagic, sizeof(trailer.magic));
    trailer.version = tmx::kTrailerVersion;
    trailer.model_version = model_version;
    trailer.graph_bytes = file.size();
    file.resize(aligned(file.size()));
    trailer.weights_offset = file.size();
    trailer.weights_bytes = model.weights_bytes;
    file.insert(file.end(), weights.begin(), weights.end());
    file.resize(aligned(file.size()));
    trailer.file_bytes = file.size() + sizeof(trailer);
    const auto* raw = reinterpret_cast<const uint8_t*>(&trailer);
    file.insert(file.end(), raw, raw + sizeof(trailer));
    trailer.checksum = tmx::xxh64(file.data(), file.size() - tmx::kUncheckedTailBytes);
    std::memcpy(file.data() + file.size() - sizeof(trailer), raw, sizeof(trailer));
    return file;
}

}  // namespace tinamix::pack
