// Numbers that a damaged model file can carry past the verifier (it does not read every multiplier): every kernel must
// stay within its buffers and, under UndefinedBehaviorSanitizer, within the language. What it computes then is free.
#include <gtest/gtest.h>

#include "cases.h"

namespace tmx::kernels::test {
namespace {

int32_t any_int32(Random& random) {
    const int32_t edges[] = {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX - 1, INT32_MAX};
    return random.one_in(2) ? random.pick(edges) : static_cast<int32_t>(random.bits());
}

Rescale any_rescale(Random& random) { return {any_int32(random), any_int32(random)}; }

/// Memory for hostile arrays, alive as long as the call.
struct Garbage {
    std::deque<Buffer> memory;

    template <typename T>
    const T* array(Random& random, size_t count) {
        memory.push_back(input_buffer(count * sizeof(T)));
        for (size_t i = 0; i < count * sizeof(T); ++i) {
            memory.back().data()[i] = random.one_in(2) ? 0xff : static_cast<uint8_t>(random.bits());
        }
        return reinterpret_cast<const T*>(memory.back().data());
    }
};

void spoil_stage(Random& random, Garbage& garbage, int32_t channels, OutputStage* stage) {
    if (stage->multiplier == nullptr) return;
    stage->bias = garbage.array<int64_t>(random, channels);
    stage->multiplier = garbage.array<int32_t>(random, channels);
    stage->shift = garbage.array<uint8_t>(random, channels);
    stage->zero_point = any_int32(random);
    stage->clamp_min = any_int32(random);
    stage->clamp_max = any_int32(random);
}

void spoil(Random& random, Garbage& garbage, ConvArgs* a) {
    spoil_stage(random, garbage, a->out_c, &a->stage);
    a->input_zero_point = any_int32(random);
}
void spoil(Random& random, Garbage& garbage, DepthwiseArgs* a) {
    spoil_stage(random, garbage, a->channels, &a->stage);
    a->input_zero_point = any_int32(random);
}
void spoil(Random& random, Garbage& garbage, PoolArgs* a) {
    a->input_zero_point = any_int32(random);
    a->output_zero_point = any_int32(random);
    a->rescales = garbage.array<Rescale>(random, 1);
    a->rescale_count = random.int32(0, 1);
}
void spoil(Random& random, Garbage&, BinaryArgs* a) {
    a->zero_point_a = any_int32(random);
    a->zero_point_b = any_int32(random);
    a->zero_point_out = any_int32(random);
    a->multiplier_a = any_int32(random);
    a->multiplier_b = any_int32(random);
    a->shift = any_int32(random);
    a->shift_b = any_int32(random);
    a->clamp_min = any_int32(random);
    a->clamp_max = any_int32(random);
}
void spoil(Random& random, Garbage&, CompareArgs* a) {
    a->function = static_cast<CompareFunction>(random.int32(0, 255));
    a->zero_point_a = any_int32(random);
    a->zero_point_b = any_int32(random);
    a->multiplier_a = any_int32(random);
    a->multiplier_b = any_int32(random);
}
void spoil(Random&, Garbage&, SelectArgs*) {}
void spoil(Random& random, Garbage&, ReduceArgs* a) {
    a->function = static_cast<ReduceFunction>(random.int32(0, 255));
    a->input_zero_point = any_int32(random);
    a->output_zero_point = any_int32(random);
    a->rescale = any_rescale(random);
}
void spoil(Random&, Garbage&, ArgMaxArgs*) {}
void spoil(Random&, Garbage&, TopKArgs*) {}
void spoil(Random& random, Garbage&, RequantizeArgs* a) {
    a->input_zero_point = any_int32(random);
    a->output_zero_point = any_int32(random);
    a->rescale = any_rescale(random);
    a->clamp_min = any_int32(random);
    a->clamp_max = any_int32(random);
}
void spoil(Random& random, Garbage&, QuantizeArgs* a) {
    const float scales[] = {0.0f, -1.0f, __builtin_inff(), __builtin_nanf(""), 1e38f};
    a->inverse_scale = random.pick(scales);
    a->zero_point = any_int32(random);
}
void spoil(Random& random, Garbage&, DequantizeArgs* a) { a->zero_point = any_int32(random); }
void spoil(Random&, Garbage&, LookupArgs*) {}
void spoil(Random& random, Garbage& garbage, UnaryArgs* a) {
    a->function = static_cast<UnaryFunction>(random.int32(0, 255));
    a->input = garbage.array<float>(random, 300);
    a->alpha = *garbage.array<float>(random, 1);
    a->beta = *garbage.array<float>(random, 1);
}
void spoil(Random& random, Garbage& garbage, SoftmaxArgs* a) {
    a->rescale = any_rescale(random);
    a->exp2 = garbage.array<int32_t>(random, kExp2Entries);
    a->to_output = any_rescale(random);
    a->output_zero_point = any_int32(random);
}
void spoil(Random&, Garbage&, CopyArgs*) {}
void spoil(Random& random, Garbage& garbage, IndexedCopyArgs* a) {
    a->rows = garbage.array<int32_t>(random, a->out_h);
    a->columns = garbage.array<int32_t>(random, a->out_w);
}
void spoil(Random& random, Garbage& garbage, GatherArgs* a) { a->indices = garbage.array<int32_t>(random, a->count); }
void spoil(Random& random, Garbage& garbage, ResampleArgs* a) {
    a->rows.indices = garbage.array<int32_t>(random, a->out_h * a->rows.taps);
    a->columns.indices = garbage.array<int32_t>(random, a->out_w * a->columns.taps);
    a->rows.weights = garbage.array<int32_t>(random, a->out_h * a->rows.taps);
    a->columns.weights = garbage.array<int32_t>(random, a->out_w * a->columns.taps);
    a->input_zero_point = any_int32(random);
    a->output_zero_point = any_int32(random);
    a->rescale = any_rescale(random);
}
void spoil(Random& random, Garbage&, MatMulArgs* a) {
    a->zero_point_a = any_int32(random);
    a->zero_point_b = any_int32(random);
    a->zero_point_out = any_int32(random);
    a->rescale = any_rescale(random);
    a->clamp_min = any_int32(random);
    a->clamp_max = any_int32(random);
}
void spoil(Random& random, Garbage& garbage, NormalizeArgs* a) {
    a->input_zero_point = any_int32(random);
    a->output_zero_point = any_int32(random);
    a->biases = garbage.array<int64_t>(random, a->row_period * a->row_elements / a->run);
    a->gains = garbage.array<int32_t>(random, a->row_period * a->row_elements / a->run);
    a->epsilon = any_int32(random);
    a->shift = any_int32(random);
    a->clamp_min = any_int32(random);
    a->clamp_max = any_int32(random);
}
void spoil(Random& random, Garbage& garbage, RecurrentArgs* a) {
    for (GateProduct* product : {&a->input, &a->recurrent}) {
        if (product->multiplier == nullptr) continue;
        product->bias = garbage.array<int64_t>(random, gate_count(a->cell) * a->hidden);
        product->multiplier = garbage.array<int32_t>(random, gate_count(a->cell) * a->hidden);
        product->shift = garbage.array<uint8_t>(random, gate_count(a->cell) * a->hidden);
    }
    a->forget_multiplier = any_int32(random);
    a->input_multiplier = any_int32(random);
    a->cell_shift = any_int32(random);
    a->cell_to_sum = any_rescale(random);
    a->gate_product = any_rescale(random);
}

void report(const std::string& name, bool intact) { EXPECT_TRUE(intact) << name << ": wrote outside its output"; }

template <typename Operation>
void check(int slot, void (*function)(const typename Operation::Args&, int64_t, int64_t)) {
    using Args = typename Operation::Args;
    Random random(slot);
    make_cases(Operation{}, slot, [&](const Case<Args>& c) {
        Garbage garbage;
        Buffer output = output_buffer(c.output_bytes);
        Args args = c.args;
        spoil(random, garbage, &args);
        args.output = reinterpret_cast<decltype(args.output)>(output.data());
        function(args, 0, c.range);
        report(c.name, output.margins_intact());
    });
}

#define TMX_TEST_HOSTILE(operation, slot, name, isa_member)                                               \
    TEST(HostileNumbers, name) {                                                                          \
        if (!isa_available(Isa::isa_member)) GTEST_SKIP() << "this processor does not have " #isa_member; \
        check<operations::operation>(operations::operation::Slot::slot, &(name));                         \
    }
TMX_KERNELS(TMX_TEST_HOSTILE)
#undef TMX_TEST_HOSTILE

}  // namespace
}  // namespace tmx::kernels::test
