#include "npu_models.h"

#include <algorithm>

#include "runtime/npu/nbg_header.h"

namespace tmx::testing {
namespace {

constexpr size_t kPayloadOffset = 128;  // stand_in.cpp

int32_t add_trunk(ModelBuilder& builder, const NpuChain& chain, int32_t input) {
    Random random(chain.seed + 1);
    const int32_t conv = add_conv(builder, random, input, {.precision = chain.precision, .out_channels = 6});
    if (chain.precision == format::Precision::F32) return add_unary(builder, format::UnaryFunction::Sigmoid, conv);
    return add_lookup(builder, random, chain.precision, conv);
}

int32_t add_head(ModelBuilder& builder, const NpuChain& chain) {
    Random random(chain.seed);
    const int32_t in = builder.input("in", activation_type(chain.precision), {1, 8, 8, 3},
                                     chain.precision == format::Precision::F32 ? 1.0F : 0.5F);
    return add_conv(builder, random, in, {.precision = chain.precision, .out_channels = 4});
}

void add_tail(ModelBuilder& builder, const NpuChain& chain, int32_t input) {
    Random random(chain.seed + 2);
    builder.output(add_conv(builder, random, input, {.precision = chain.precision, .out_channels = 5}));
}

std::vector<uint8_t> trunk_model(const NpuChain& chain, const format::TensorT& input) {
    ModelBuilder builder;
    const int32_t in = builder.input("in", input.type, input.shape, input.scale, input.zero_point);
    builder.output(add_trunk(builder, chain, in));
    const AlignedBytes file = builder.finish();
    return {file.data(), file.data() + file.size()};
}

std::unique_ptr<format::SectionT> section(uint32_t first, uint32_t count, uint32_t copy, format::Device device) {
    auto result = std::make_unique<format::SectionT>();
    result->device = device;
    result->first_op = first;
    result->op_count = count;
    result->cpu_copy_ops = copy;
    return result;
}

}  // namespace

std::vector<uint8_t> make_nbg(uint32_t target, const std::vector<uint8_t>& payload, uint32_t inputs, uint32_t outputs) {
    npu::NbgHeader header = {};
    std::memcpy(header.magic, "VPMN", 4);
    header.format_version = 0x1001E;
    header.target = target;
    std::strcpy(header.name, "trunk");
    header.layers = header.operations = 2;
    header.inputs = inputs;
    header.outputs = outputs;
    std::vector<uint8_t> nbg(kPayloadOffset + payload.size());
    std::memcpy(nbg.data(), &header, sizeof(header));
    std::copy(payload.begin(), payload.end(), nbg.begin() + kPayloadOffset);
    return nbg;
}

void add_npu_chain(ModelBuilder& builder, const NpuChain& chain) {
    const int32_t head = add_head(builder, chain);
    const int32_t trunk = add_trunk(builder, chain, head);
    format::NpuCallT call;
    call.nbg =
        builder.add_span(make_nbg(chain.target, trunk_model(chain, *builder.model.tensors[static_cast<size_t>(head)])));
    call.uint8_inputs = call.uint8_outputs = chain.uint8 ? 1 : 0;
    builder.op("trunk", chain.precision, std::move(call), {head}, trunk);
    auto& ops = builder.model.ops;
    std::rotate(ops.begin() + 1, ops.end() - 1, ops.end());
    if (!chain.copy) ops.erase(ops.begin() + 2, ops.end());
    const uint32_t copy = chain.copy ? 2 : 0;
    add_tail(builder, chain, trunk);
    builder.model.npu_target = chain.target;
    builder.model.sections.push_back(section(0, 1, 0, format::Device::Cpu));
    builder.model.sections.push_back(section(1, 1 + copy, copy, format::Device::Npu));
    builder.model.sections.push_back(section(2 + copy, 1, 0, format::Device::Cpu));
}

AlignedBytes npu_chain(const NpuChain& chain) {
    ModelBuilder builder;
    add_npu_chain(builder, chain);
    return builder.finish();
}

AlignedBytes cpu_chain(const NpuChain& chain) {
    ModelBuilder builder;
    add_tail(builder, chain, add_trunk(builder, chain, add_head(builder, chain)));
    return builder.finish();
}

std::vector<uint8_t> run_model(const AlignedBytes& file, const std::vector<uint8_t>& input) {
    OpenModel model(file);
    model.set_input(0, input);
    model.run();
    return model.output(0);
}

std::vector<uint8_t> chain_input(const NpuChain& chain) {
    Random random(chain.seed + 3);
    return random_bytes(random, activation_type(chain.precision), 8 * 8 * 3);
}

}  // namespace tmx::testing
