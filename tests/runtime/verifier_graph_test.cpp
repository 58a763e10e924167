// What the verifier refuses in the graph around the ops: header, sections, tensors, and the flow of data.
#include <cmath>

#include "lies.h"
#include "runtime/model_file.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

/// in (0) -> conv (1) -> lookup (2) -> add with a constant (3) -> out (4)
void chain(ModelBuilder& b) {
    Random random(1);
    const int32_t in = b.input("in", DataType::Int8, {1, 4, 4, 3}, 0.5F, 1);
    const int32_t conv = add_conv(b, random, in, {.out_channels = 4});
    const int32_t table = add_lookup(b, random, Precision::W8A8, conv);
    const int32_t constant = b.constant("constant", DataType::Int8, {4}, {1, 2, 3, 4}, 0.5F);
    b.output(add_binary(b, format::BinaryFunction::Add, Precision::W8A8, table, constant, {1, 4, 4, 4}));
}

format::TensorT& tensor(ModelBuilder& b, size_t index) { return *b.model.tensors[index]; }

TEST(VerifierHeader, VersionsAndFeatures) {
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.minimum_runtime = 0x7F0203; }, "needs runtime 127.2.3", TMX_TOO_NEW);
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.required_isa = {"warp"}; }, "needs 'warp'", TMX_UNSUPPORTED_ISA);
    ModelBuilder builder;
    chain(builder);
    builder.model.required_isa = {"reference"};
    OpenModel model(builder.finish());
}

TEST(VerifierHeader, Sizes) {
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.arena_bytes = 4096 + 32; }, "arena of 4128 bytes");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.arena_bytes = uint64_t{1} << 60; }, "arena of");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.weights_bytes = 64; }, "the trailer says");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.outputs.clear(); }, "0 outputs");
}

TEST(VerifierHeader, SectionsCoverTheOps) {
    const auto section = [](uint32_t first, uint32_t count, format::Device device = format::Device::Cpu) {
        auto result = std::make_unique<format::SectionT>();
        result->first_op = first;
        result->op_count = count;
        result->device = device;
        return result;
    };
    expect_lie(
        chain, [&](ModelBuilder& b) { b.model.sections.push_back(section(0, 2)); }, "cover 2 of 3 ops");
    expect_lie(
        chain, [&](ModelBuilder& b) { b.model.sections.push_back(section(1, 2)); }, "section 0: 2 ops from 1");
    expect_lie(
        chain, [&](ModelBuilder& b) { b.model.sections.push_back(section(0, 0)); }, "section 0: 0 ops");
    expect_lie(
        chain, [&](ModelBuilder& b) { b.model.sections.push_back(section(0, 4)); }, "cover 4 of 3 ops");
    expect_lie(
        chain, [&](ModelBuilder& b) { b.model.sections.push_back(section(0, 3, format::Device::Npu)); },
        "section 0: needs one NpuCall");
    expect_lie(
        chain, [&](ModelBuilder& b) { b.model.sections.push_back(section(0, 3, static_cast<format::Device>(2))); },
        "unknown device");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.npu_target = 7; }, "NPU target");
    ModelBuilder builder;
    chain(builder);
    builder.model.sections.push_back(section(0, 1));
    builder.model.sections.push_back(section(1, 2));
    OpenModel model(builder.finish());
}

TEST(VerifierHeader, UnknownKindsOfOpsAreUnsupported) {
    AlignedBytes file;
    {
        ModelBuilder builder;
        chain(builder);
        file = builder.finish();
    }
    // The type of the union is a byte in the op's table; the accessor finds it.
    auto* model = flatbuffers::GetMutableRoot<format::Model>(file.data());
    auto* op = const_cast<format::Op*>(model->ops()->Get(1));
    auto* type = const_cast<uint8_t*>(
        reinterpret_cast<const flatbuffers::Table*>(op)->GetAddressOf(format::Op::VT_OPTIONS_TYPE));
    for (const int unknown : {0, static_cast<int>(format::Options::MAX) + 1, 255}) {
        *type = static_cast<uint8_t>(unknown);
        seal(file);
        expect_refused(file, TMX_UNSUPPORTED_OP, "op 1 (layer 'lookup_1'): kind " + std::to_string(unknown));
    }
    // A known type that is not the table's: another table's checks, but never memory outside.
    for (uint8_t other = 1; other < 16; ++other) {
        *type = other;
        seal(file);
        tmx_model* opened = nullptr;
        const tmx_status status = tmx_model_open_memory(file.data(), file.size(), nullptr, &opened);
        EXPECT_EQ(status == TMX_OK, other == static_cast<uint8_t>(format::Options::Lookup)) << int{other};
        tmx_model_close(opened);
    }
}

TEST(VerifierTensors, EachFieldIsChecked) {
    const auto lie = [](size_t index, const std::function<void(format::TensorT&)>& change, const std::string& message) {
        expect_lie(
            chain, [&](ModelBuilder& b) { change(tensor(b, index)); }, message);
    };
    lie(
        0, [](auto& t) { t.type = static_cast<DataType>(4); }, "tensor 0 'in': unknown element type");
    lie(
        0, [](auto& t) { t.storage = static_cast<format::Storage>(2); }, "unknown storage");
    lie(
        0, [](auto& t) { t.shape = {}; }, "rank is not 1 to 6");
    lie(
        0, [](auto& t) { t.shape = {1, 1, 1, 1, 1, 1, 1}; }, "rank is not 1 to 6");
    lie(
        0,
        [](auto& t) {
            t.shape = {1, 4, 0, 3};
        },
        "a dimension is not positive");
    lie(
        0,
        [](auto& t) {
            t.shape = {1, -4, -4, 3};
        },
        "a dimension is not positive");
    lie(
        0,
        [](auto& t) {
            t.shape = {65536, 65536, 65536, 65536};
        },
        "more than 2^30 elements");
    lie(
        0,
        [](auto& t) {
            t.shape = {INT32_MAX, INT32_MAX, INT32_MAX};
        },
        "more than 2^30 elements");
    lie(
        0,
        [](auto& t) {
            t.onnx_axes = {0, 1, 2};
        },
        "differ in length");
    lie(
        0,
        [](auto& t) {
            t.onnx_axes = {0, 1, 2, 2};
        },
        "not a permutation");
    lie(
        0,
        [](auto& t) {
            t.onnx_axes = {0, 1, 2, 4};
        },
        "not a permutation");
    lie(
        0, [](auto& t) { t.scale = 0.0F; }, "scale is not finite and positive");
    lie(
        0, [](auto& t) { t.scale = -1.0F; }, "scale is not finite and positive");
    lie(
        0, [](auto& t) { t.scale = INFINITY; }, "scale is not finite and positive");
    lie(
        0, [](auto& t) { t.scale = NAN; }, "scale is not finite and positive");
    lie(
        0, [](auto& t) { t.zero_point = 128; }, "zero point outside int8");
    lie(
        0, [](auto& t) { t.zero_point = -129; }, "zero point outside int8");
    lie(
        0, [](auto& t) { t.type = DataType::Int16; }, "int16 with a zero point");
    lie(
        0, [](auto& t) { t.type = DataType::Float32; }, "float32 with a quantization");
    lie(
        0, [](auto& t) { t.type = DataType::Int32; }, "int32 with a quantization");
    lie(
        0, [](auto& t) { t.offset += 32; }, "not a multiple of 64");
    lie(
        0, [](auto& t) { t.offset = uint64_t{1} << 40; }, "outside the arena");
    lie(
        0, [](auto& t) { t.offset = ~uint64_t{63}; }, "outside the arena");
    lie(
        3, [](auto& t) { t.offset = uint64_t{1} << 40; }, "tensor 3 'constant': outside the weight segment");
    lie(
        3, [](auto& t) { t.shape = {1 << 20}; }, "outside the weight segment");
}

TEST(VerifierTensors, TheArenaEndsInReadableSlack) {
    expect_lie(
        [](ModelBuilder& b) {
            const int32_t in = b.input("in", DataType::Int8, {64});
            b.output(add_slice(b, Precision::W8A8, in, {0}, {64}));
        },
        [](ModelBuilder& b) { b.model.arena_bytes = 128; }, "tensor 1 'slice_0:out': outside the arena");
}

TEST(VerifierTensors, AliasesShowTheirOwnersMemory) {
    const auto build = [](ModelBuilder& b) {
        chain(b);
        b.alias("flat", 4, {64});
        b.alias("square", 4, {8, 8});
        b.output(5);
    };
    const auto lie = [&](const std::function<void(format::TensorT&)>& change, const std::string& message) {
        expect_lie(
            build, [&](ModelBuilder& b) { change(tensor(b, 5)); }, "tensor 5 'flat': " + message);
    };
    lie([](auto& t) { t.alias_of = 7; }, "alias of a tensor that does not exist");
    lie([](auto& t) { t.alias_of = -2; }, "alias of a tensor that does not exist");
    lie([](auto& t) { t.alias_of = 5; }, "alias of an alias");
    lie([](auto& t) { t.alias_of = 6; }, "alias of an alias");
    lie([](auto& t) { t.alias_of = 2; }, "does not lie where");
    lie([](auto& t) { t.offset -= 64; }, "does not lie where");
    lie([](auto& t) { t.shape = {32}; }, "does not lie where");
    lie([](auto& t) { t.zero_point += 1; }, "differs in type or quantization");
    lie([](auto& t) { t.shape = {32}, t.type = DataType::Int16, t.zero_point = 0; }, "differs in type or quantization");
}

TEST(VerifierDataflow, IndicesExist) {
    for (const int32_t index : {-1, 5, INT32_MAX, INT32_MIN}) {
        expect_lie(
            chain, [&](ModelBuilder& b) { b.model.inputs[0] = index; }, "input 0: tensor " + std::to_string(index));
        expect_lie(
            chain, [&](ModelBuilder& b) { b.model.outputs[0] = index; }, "output 0: tensor");
        expect_lie(
            chain, [&](ModelBuilder& b) { b.model.ops[1]->inputs[0] = index; },
            "op 1 (Lookup, layer 'lookup_1'): reads a tensor that does not exist");
        expect_lie(
            chain, [&](ModelBuilder& b) { b.model.ops[1]->outputs[0] = index; },
            "op 1 (Lookup, layer 'lookup_1'): writes a tensor that does not exist");
    }
}

TEST(VerifierDataflow, ReadsOnlyWhatIsIntact) {
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[0]->inputs[0] = 2; }, "before anything writes it, tensor 'lookup");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.inputs.clear(); }, "before anything writes it, tensor 'in'");
    expect_lie(
        chain, [](ModelBuilder& b) { std::swap(b.model.ops[0], b.model.ops[1]); }, "before anything writes it");
    // The last op reads what the op before has overwritten.
    expect_lie(
        chain,
        [](ModelBuilder& b) {
            b.model.ops[2]->inputs[0] = 1;
            tensor(b, 2).offset = tensor(b, 1).offset;
            b.model.ops[1]->inputs[0] = 0;
        },
        "after its memory was used again, tensor 'conv_0:out'");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.outputs.push_back(0), tensor(b, 2).offset = tensor(b, 0).offset; },
        "output 1: tensor 'in' is overwritten before the end");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops.pop_back(); }, "output 0: tensor 'binary_2:out' is never written");
}

TEST(VerifierDataflow, OutputsDoNotOverlapInputs) {
    expect_lie(
        chain, [](ModelBuilder& b) { tensor(b, 2).offset = tensor(b, 1).offset; },
        "op 1 (Lookup, layer 'lookup_1'): has an output that overlaps input 'conv_0:out'");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[1]->outputs[0] = 3; }, "writes constant 'constant'");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[2]->outputs[0] = 2; }, "writes again tensor");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[2]->outputs[0] = 0; }, "writes again tensor 'in'");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.inputs[0] = 3; }, "input 0: tensor 'constant' is a constant");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.inputs.push_back(0); }, "overlaps another input");
}

TEST(VerifierDataflow, ScratchIsTheOpsAlone) {
    const auto lie = [](const std::function<void(ModelBuilder&, format::OpT&)>& change, const std::string& message) {
        expect_lie(
            chain, [&](ModelBuilder& b) { change(b, *b.model.ops[0]); }, "op 0 (Conv2D, layer 'conv_0'): " + message);
    };
    lie([](ModelBuilder&, auto& op) { op.scratch_offset += 1; }, "scratch memory is not aligned");
    lie([](ModelBuilder&, auto& op) { op.scratch_offset = uint64_t{1} << 50; }, "scratch memory lies outside");
    lie([](ModelBuilder&, auto& op) { op.scratch_bytes = ~uint64_t{0}; }, "scratch memory lies outside");
    lie([](ModelBuilder& b, auto& op) { op.scratch_offset = tensor(b, 0).offset; },
        "has scratch memory that overlaps input");
    lie([](ModelBuilder& b, auto& op) { op.scratch_offset = tensor(b, 1).offset; },
        "has scratch memory that overlaps output");
    lie([](ModelBuilder&, auto& op) { op.scratch_bytes = 0; }, "has 0 bytes of scratch memory, needs 128");
}

TEST(VerifierDataflow, CountsOfInputsAndOutputs) {
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[0]->outputs.clear(); }, "0 outputs");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[0]->outputs.assign(9, 2); }, "9 outputs");
    expect_lie(
        chain,
        [](ModelBuilder& b) {
            b.model.ops.back()->outputs.push_back(b.tensor("unused", DataType::Int8, {1, 4, 4, 4}));
        },
        "has 2 outputs, needs 1");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[0]->inputs.clear(); }, "0 inputs");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[0]->inputs.push_back(0); }, "has 2 inputs, needs 1");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[2]->inputs.pop_back(); }, "has 1 inputs, needs 2");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[0]->precision = static_cast<Precision>(4); }, "unknown precision");
}

TEST(VerifierMessages, ControlCharactersOfNamesAreNotPassedOn) {
    expect_lie(
        chain, [](ModelBuilder& b) { tensor(b, 0).name = "\x1b[31m\n", tensor(b, 0).shape = {}; },
        "tensor 0 '?[31m?': rank");
    expect_lie(
        chain, [](ModelBuilder& b) { tensor(b, 0).name = std::string(5000, 'n'), tensor(b, 0).shape = {}; }, "nnn");
}

}  // namespace
}  // namespace tmx::testing
