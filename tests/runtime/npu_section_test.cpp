// Sections for an NPU where there is none: what the verifier refuses, and what runs instead. tests/npu has a driver.
#include <cstddef>

#include "lies.h"
#include "npu_models.h"
#include "runtime/npu/nbg_header.h"

namespace tmx::testing {
namespace {

void chain(ModelBuilder& builder) { add_npu_chain(builder, {}); }

format::NpuCallT& call(ModelBuilder& builder) { return *builder.model.ops[1]->options.AsNpuCall(); }
format::SectionT& npu_section(ModelBuilder& builder) { return *builder.model.sections[1]; }

/// Overwrites a word of the NBG's header.
void set_header(ModelBuilder& builder, size_t offset, uint32_t value) {
    std::memcpy(builder.weights.data() + call(builder).nbg->offset() + offset, &value, sizeof(value));
}

TEST(NpuSection, WithoutADriverTheCopyComputesTheSame) {
    for (const auto precision : {format::Precision::W8A8, format::Precision::W16A16, format::Precision::F32}) {
        const NpuChain options = {.precision = precision};
        const std::vector<uint8_t> input = chain_input(options);
        EXPECT_EQ(run_model(npu_chain(options), input), run_model(cpu_chain(options), input));
    }
}

TEST(NpuSection, InfoSaysWhyTheNpuIsNotUsed) {
    const AlignedBytes file = npu_chain({});
    const OpenModel model(file);
    tmx_info info;
    tmx_model_info(model.get(), &info);
    EXPECT_EQ(info.npu_sections, 1);
    EXPECT_EQ(info.npu_active, 0);
    EXPECT_EQ(info.npu_target, kNpuTarget);
    EXPECT_NE(std::string(info.npu).find("CPU copies instead: "), std::string::npos) << info.npu;
    const tmx_role roles[] = {TMX_ALWAYS, TMX_WITH_NPU, TMX_WITHOUT_NPU, TMX_WITHOUT_NPU, TMX_ALWAYS};
    for (int32_t i = 0; i < info.op_count; ++i) {
        tmx_op op;
        ASSERT_EQ(tmx_model_op(model.get(), i, &op), TMX_OK);
        EXPECT_EQ(op.role, roles[i]) << i;
    }
}

TEST(NpuSection, WithoutACopyTheModelIsRefused) {
    expect_refused(npu_chain({.copy = false}), TMX_NPU_UNAVAILABLE,
                   "op 1 (NpuCall, layer 'trunk'), without a CPU copy");
    const AlignedBytes file = npu_chain({});
    tmx_options options;
    tmx_options_init(&options);
    options.npu = TMX_NPU_ONLY;
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_NPU_UNAVAILABLE);
}

TEST(NpuSection, SwitchedOffAModelWithoutACopyOpensButDoesNotRun) {
    const AlignedBytes file = npu_chain({.copy = false});
    tmx_options options;
    tmx_options_init(&options);
    options.npu = TMX_NPU_OFF;
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_OK);
    EXPECT_EQ(tmx_run(model), TMX_NPU_UNAVAILABLE);
    EXPECT_STREQ(tmx_last_error(model), "ops 1 to 1 have no CPU copy, and the NPU is off");
    tmx_model_close(model);
}

TEST(NpuSection, ObserversSeeWhatRuns) {
    const AlignedBytes file = npu_chain({});
    const OpenModel model(file);
    std::vector<int32_t> seen;
    const auto note = [](void* user, const tmx_model*, int32_t op, uint64_t) {
        static_cast<std::vector<int32_t>*>(user)->push_back(op);
    };
    tmx_set_observer(model.get(), note, &seen, 0);
    ASSERT_EQ(tmx_run(model.get()), TMX_OK);
    EXPECT_EQ(seen, (std::vector<int32_t>{0, 2, 3, 4}));
}

TEST(NpuSection, CancelEndsTheRun) {
    const AlignedBytes file = npu_chain({});
    const OpenModel model(file);
    const auto cancel = [](void* user, const tmx_model*, int32_t op, uint64_t) {
        if (op == 2) tmx_cancel(static_cast<tmx_model*>(user));
    };
    tmx_set_observer(model.get(), cancel, model.get(), 0);
    EXPECT_EQ(tmx_run(model.get()), TMX_CANCELED);
    EXPECT_STREQ(tmx_last_error(model.get()), "canceled before op 3");
    tmx_set_observer(model.get(), nullptr, nullptr, 0);
    EXPECT_EQ(tmx_run(model.get()), TMX_OK);
}

TEST(NpuSection, OptionsAreChecked) {
    const AlignedBytes file = npu_chain({});
    tmx_model* model = nullptr;
    tmx_options options;
    tmx_options_init(&options);
    options.npu = 3;
    EXPECT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_INVALID_ARGUMENT);
    tmx_options_init(&options);
    options.npu_timeout_ms = 0;
    EXPECT_EQ(tmx_model_open_memory(file.data(), file.size(), &options, &model), TMX_INVALID_ARGUMENT);
    setenv("TMX_NPU", "perhaps", 1);
    expect_refused(file, TMX_INVALID_ARGUMENT, "TMX_NPU=perhaps");
    unsetenv("TMX_NPU");
}

TEST(VerifierNpu, TheHeaderOfTheNbg) {
    using npu::NbgHeader;
    expect_lie(
        chain, [](ModelBuilder& b) { set_header(b, 0, 7); }, "its NBG does not begin with 'VPMN'");
    expect_lie(
        chain, [](ModelBuilder& b) { set_header(b, offsetof(NbgHeader, format_version), 0x30000); }, "neither 1.x");
    expect_lie(
        chain, [](ModelBuilder& b) { set_header(b, offsetof(NbgHeader, target), 0); }, "names no target");
    expect_lie(
        chain, [](ModelBuilder& b) { set_header(b, offsetof(NbgHeader, target), 0xEE); },
        "is for target 0xEE, the model for 0x10000016");
    expect_lie(
        chain, [](ModelBuilder& b) { set_header(b, offsetof(NbgHeader, inputs), 2); }, "has 1 inputs, its NBG has 2");
    expect_lie(
        chain, [](ModelBuilder& b) { set_header(b, offsetof(NbgHeader, outputs), 0); }, "no inputs or no outputs");
    expect_lie(
        chain, [](ModelBuilder& b) { set_bytes(*call(b).nbg, 91); }, "is shorter than its header");
    expect_lie(
        chain, [](ModelBuilder& b) { set_bytes(*call(b).nbg, uint64_t{1} << 40); }, "outside the weight segment");
    expect_lie(
        chain, [](ModelBuilder& b) { set_offset(*call(b).nbg, call(b).nbg->offset() + 4); }, "not aligned");
}

TEST(VerifierNpu, Borders) {
    expect_lie(
        chain, [](ModelBuilder& b) { call(b).uint8_inputs = 2; }, "names more than there are");
    expect_lie(
        chain, [](ModelBuilder& b) { call(b).uint8_outputs = 0x80000000U; }, "names more than there are");
    const auto wide = [](ModelBuilder& b) { add_npu_chain(b, {.precision = format::Precision::W16A16}); };
    expect_lie(
        wide, [](ModelBuilder& b) { call(b).uint8_inputs = 1; }, "is int16, which cannot be uint8");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[1]->inputs.assign(17, b.model.ops[1]->inputs[0]); }, "at most 16");
}

TEST(VerifierNpu, Sections) {
    expect_lie(
        chain, [](ModelBuilder& b) { npu_section(b).cpu_copy_ops = 3; }, "section 1: its CPU copy leaves nothing");
    expect_lie(
        chain, [](ModelBuilder& b) { npu_section(b).cpu_copy_ops = 0xFFFFFFFFU; }, "leaves nothing");
    expect_lie(
        chain, [](ModelBuilder& b) { npu_section(b).device = format::Device::Cpu; }, "a CPU copy in a section for the");
    expect_lie(
        chain,
        [](ModelBuilder& b) {
            npu_section(b).device = format::Device::Cpu;
            npu_section(b).cpu_copy_ops = 0;
        },
        "section 1: an NpuCall in a section for the CPU");
    expect_lie(
        chain, [](ModelBuilder& b) { std::swap(b.model.ops[1], b.model.ops[3]); }, "needs one NpuCall");
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.npu_target = 0; }, "without it");
}

TEST(VerifierNpu, WhatFollowsReliesOnWhatBothWaysWrite) {
    // The layer behind the section reads what only the copy writes, then what only the NPU writes.
    expect_lie(
        chain, [](ModelBuilder& b) { b.model.ops[4]->inputs = b.model.ops[2]->outputs; }, "before anything writes it");
    expect_lie(
        chain,
        [](ModelBuilder& b) {
            const int32_t trunk = b.model.ops[1]->outputs[0];
            b.model.ops[1]->outputs = b.model.ops[2]->outputs;
            b.model.ops[4]->inputs = b.model.ops[1]->outputs;
            b.model.ops[3]->outputs = {trunk};
            b.model.outputs.push_back(trunk);
        },
        "is never written");
    // The way over the NPU ends in memory that the copy still needs.
    expect_lie(
        chain,
        [](ModelBuilder& b) {
            b.model.tensors[static_cast<size_t>(b.model.ops[1]->outputs[0])]->offset =
                b.model.tensors[static_cast<size_t>(b.model.ops[0]->outputs[0])]->offset;
        },
        "overlaps input");
}

TEST(VerifierNpu, ACopyMustNotReadWhatAnotherSectionsOtherWayLeaves) {
    // Two sections; the second one's copy reads what only the first one's copy writes.
    const auto two = [](ModelBuilder& b) {
        add_npu_chain(b, {});
        Random random(9);
        const int32_t between = b.model.outputs[0];
        const int32_t last = add_lookup(b, random, format::Precision::W8A8, between);
        format::NpuCallT again;
        again.nbg = b.add_span(make_nbg(kNpuTarget, {}));
        b.op("again", format::Precision::W8A8, std::move(again), {between}, last);
        std::swap(b.model.ops[5], b.model.ops[6]);
        b.model.outputs = {last};
        auto section = std::make_unique<format::SectionT>();
        section->device = format::Device::Npu;
        section->first_op = 5;
        section->op_count = 2;
        section->cpu_copy_ops = 1;
        b.model.sections.push_back(std::move(section));
    };
    expect_lie(
        two,
        [](ModelBuilder& b) {
            const int32_t inner = b.model.ops[2]->outputs[0];
            b.model.tensors[static_cast<size_t>(inner)]->shape = {1, 8, 8, 5};
            b.model.ops[6]->inputs = {inner};
        },
        "op 6 (Lookup, layer 'lookup_5'): reads what only one way through an NPU section writes");
}

TEST(VerifierNpu, EveryFlippedByteOfTheHeaderIsRefusedOrHarmless) {
    const AlignedBytes file = npu_chain({});
    ModelBuilder builder;
    chain(builder);
    const size_t nbg = file.size() - 128 - builder.weights.size() + call(builder).nbg->offset();
    for (size_t i = 0; i < sizeof(npu::NbgHeader); ++i) {
        AlignedBytes damaged({file.data(), file.data() + file.size()});
        damaged.data()[nbg + i] ^= 0x41;
        seal(damaged);
        tmx_model* model = nullptr;
        const tmx_status status = tmx_model_open_memory(damaged.data(), damaged.size(), nullptr, &model);
        EXPECT_TRUE(status == TMX_OK || status == TMX_CORRUPT_MODEL) << i;
        if (status == TMX_OK) {
            EXPECT_EQ(tmx_run(model), TMX_OK);
        }
        tmx_model_close(model);
    }
}

}  // namespace
}  // namespace tmx::testing
