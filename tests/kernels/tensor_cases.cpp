// Pooling, softmax and data movement to test kernels with.
#include "cases.h"
#include "exp2_table.h"

namespace tmx::kernels::test {
namespace {

int slot_bytes(int slot) { return slot == TypeSlot::i8 ? 1 : slot == TypeSlot::i16 ? 2 : 4; }

void fill_any(Random& random, int slot, Values values, Buffer* buffer) {
    const int bytes = slot_bytes(slot);
    if (slot == TypeSlot::f32) {
        fill_floats(random, 8.0f, buffer);
    } else {
        fill_codes(random, values, bytes, lowest_code(bytes), highest_code(bytes), buffer);
    }
}

void visit_pools(Random& random, int slot, bool average, const Visitor<PoolArgs>& visit) {
    const int bytes = slot_bytes(slot);
    const int32_t channel_counts[] = {1, 3, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70, 130};
    for (int i = 0; i < 60; ++i) {
        Case<PoolArgs> c;
        PoolArgs& a = c.args;
        a.batch = random.one_in(4) ? 2 : 1;
        a.channels = channel_counts[i % 14];
        Window& w = a.window;
        w.kernel_h = random.int32(1, 4);
        w.kernel_w = random.int32(1, 4);
        w.stride_h = random.int32(1, 3);
        w.stride_w = random.int32(1, 3);
        w.dilation_h = random.one_in(4) ? 2 : 1;
        w.dilation_w = random.one_in(4) ? 2 : 1;
        w.pad_top = random.int32(0, w.kernel_h);
        w.pad_left = random.int32(0, w.kernel_w);
        a.in_h = random.int32(1, 6) + (w.kernel_h - 1) * w.dilation_h;
        a.in_w = random.int32(1, 6) + (w.kernel_w - 1) * w.dilation_w;
        a.out_h = (a.in_h + 2 * w.pad_top - (w.kernel_h - 1) * w.dilation_h - 1) / w.stride_h + 1;
        a.out_w = (a.in_w + 2 * w.pad_left - (w.kernel_w - 1) * w.dilation_w - 1) / w.stride_w + 1;
        a.input_zero_point = random_zero_point(random, bytes);
        a.output_zero_point = random_zero_point(random, bytes);
        a.count_padding = random.one_in(2);
        Buffer& input = c.add_input(size_t(a.batch) * a.in_h * a.in_w * a.channels * bytes);
        fill_any(random, slot, i % 5 == 0 ? Values::kExtreme : Values::kRandom, &input);
        a.input = input.data();
        if (average && slot != TypeSlot::f32) {
            a.rescale_count = random.one_in(3) ? 1 : w.kernel_h * w.kernel_w;
            Buffer& rescales = c.add_input(sizeof(Rescale) * a.rescale_count);
            for (int32_t n = 0; n < a.rescale_count; ++n) {
                const Rescale rescale = random_rescale(random, n + 1, 1.2);
                std::memcpy(rescales.data() + sizeof(Rescale) * n, &rescale, sizeof(Rescale));
            }
            a.rescales = reinterpret_cast<const Rescale*>(rescales.data());
        }
        c.range = int64_t{a.batch} * a.out_h;
        c.output_bytes = size_t(c.range) * a.out_w * a.channels * bytes;
        c.name = "pool " + std::to_string(a.in_h) + "x" + std::to_string(a.in_w) + "x" + std::to_string(a.channels) +
                 " kernel " + std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w) + " case " +
                 std::to_string(i);
        visit(c);
    }
}

/// Of softmax, and of its logarithm.
void visit_rows(Random& random, int slot, bool logarithm, const Visitor<SoftmaxArgs>& visit) {
    const int32_t lengths[] = {1, 2, 3, 10, 16, 17, 100, 257};
    for (const int32_t inner : lengths) {
        for (int turn = 0; turn < 4; ++turn) {
            Case<SoftmaxArgs> c;
            SoftmaxArgs& a = c.args;
            a.outer = random.int32(1, 5);
            a.inner = inner;
            Buffer& input = c.add_input(size_t(a.outer) * inner * slot_bytes(slot));
            fill_any(random, slot, turn == 3 ? Values::kConstant : Values::kRandom, &input);
            a.input = input.data();
            Buffer& table = c.add_input(sizeof(int32_t) * kExp2Entries);
            std::memcpy(table.data(), kExp2Q30, sizeof(int32_t) * kExp2Entries);
            a.exp2 = reinterpret_cast<const int32_t*>(table.data());
            // From scales that make the row flat to scales that leave one element standing.
            a.rescale = {random.int32(1 << 30, INT32_MAX), random.int32(12, 34)};
            c.range = a.outer;
            c.output_bytes = size_t(a.outer) * inner * slot_bytes(slot);
            if (logarithm) {
                a.to_output = {random.int32(1 << 30, INT32_MAX), random.int32(40, 48)};
                a.output_zero_point = slot == TypeSlot::i8 ? random.int32(100, 127) : 0;
            }
            c.name = (logarithm ? "log_softmax " : "softmax ") + std::to_string(a.outer) + "x" + std::to_string(inner);
            visit(c);
        }
    }
}

}  // namespace

void make_cases(operations::max_pool, int slot, const Visitor<PoolArgs>& visit) {
    Random random(9000 + slot);
    visit_pools(random, slot, false, visit);
}

void make_cases(operations::average_pool, int slot, const Visitor<PoolArgs>& visit) {
    Random random(9100 + slot);
    visit_pools(random, slot, true, visit);
}

void make_cases(operations::softmax, int slot, const Visitor<SoftmaxArgs>& visit) {
    Random random(9200 + slot);
    visit_rows(random, slot, false, visit);
}

void make_cases(operations::log_softmax, int slot, const Visitor<SoftmaxArgs>& visit) {
    Random random(9250 + slot);
    visit_rows(random, slot, true, visit);
}

void make_cases(operations::copy, int, const Visitor<CopyArgs>& visit) {
    Random random(9300);
    for (const int32_t bytes : {1, 2, 4}) {
        for (int i = 0; i < 40; ++i) {
            // A slice of a tensor with its dimensions in another order.
            Case<CopyArgs> c;
            CopyArgs& a = c.args;
            a.element_bytes = bytes;
            a.rank = random.int32(1, 6);
            int32_t order[kMaxRank], full[kMaxRank];
            for (int32_t d = 0; d < a.rank; ++d) order[d] = d;
            if (i % 3 != 0) {
                for (int32_t d = a.rank - 1; d > 0; --d) std::swap(order[d], order[random.int32(0, d)]);
            }
            int64_t stride[kMaxRank], elements = 1, start = 0;
            for (int32_t d = a.rank - 1; d >= 0; --d) {
                full[d] = random.int32(1, d == a.rank - 1 ? 40 : 4);
                stride[d] = elements;
                elements *= full[d];
            }
            c.range = 1;
            for (int32_t d = 0; d < a.rank; ++d) {
                const int32_t size = random.int32(1, full[order[d]]);
                const bool backwards = i >= 30 && random.one_in(3), repeats = i >= 30 && random.one_in(4);
                a.shape[d] = size;
                a.stride_in[d] = repeats ? 0 : backwards ? -stride[order[d]] : stride[order[d]];
                start += random.int32(0, full[order[d]] - size) * stride[order[d]];
                if (backwards && !repeats) start += (size - 1) * stride[order[d]];
                if (d != a.rank - 1) c.range *= size;
            }
            Buffer& input = c.add_input(size_t(elements) * bytes);
            fill_codes(random, Values::kRandom, 1, -128, 127, &input);
            a.input = input.data() + start * bytes;
            a.output_stride = a.shape[a.rank - 1] + (i % 5 == 4 ? 1 + i % 9 : 0);
            c.output_bytes = size_t((c.range - 1) * a.output_stride + a.shape[a.rank - 1]) * bytes;
            c.name = "copy rank " + std::to_string(a.rank) + " bytes " + std::to_string(bytes) + " case " +
                     std::to_string(i);
            visit(c);
        }
    }
}

void make_cases(operations::indexed_copy, int, const Visitor<IndexedCopyArgs>& visit) {
    Random random(9400);
    for (const int32_t bytes : {1, 2, 4}) {
        for (const int32_t channels : {1, 3, 16, 33}) {
            Case<IndexedCopyArgs> c;
            IndexedCopyArgs& a = c.args;
            a.element_bytes = bytes;
            a.batch = random.int32(1, 2);
            a.in_h = random.int32(1, 5);
            a.in_w = random.int32(1, 5);
            a.channels = channels;
            a.out_h = random.int32(1, 9);
            a.out_w = random.int32(1, 9);
            Buffer& input = c.add_input(size_t(a.batch) * a.in_h * a.in_w * channels * bytes);
            fill_codes(random, Values::kRandom, 1, -128, 127, &input);
            a.input = input.data();
            Buffer& rows = c.add_input(4 * size_t(a.out_h));
            Buffer& columns = c.add_input(4 * size_t(a.out_w));
            for (int32_t y = 0; y < a.out_h; ++y) {
                const int32_t from = random.one_in(6) ? -1 : y * a.in_h / a.out_h;
                std::memcpy(rows.data() + 4 * y, &from, 4);
            }
            for (int32_t x = 0; x < a.out_w; ++x) {
                const int32_t from = random.int32(-1, a.in_w - 1);
                std::memcpy(columns.data() + 4 * x, &from, 4);
            }
            a.rows = reinterpret_cast<const int32_t*>(rows.data());
            a.columns = reinterpret_cast<const int32_t*>(columns.data());
            a.fill = static_cast<uint32_t>(random.int32(-128, 127));
            c.range = int64_t{a.batch} * a.out_h;
            c.output_bytes = size_t(c.range) * a.out_w * channels * bytes;
            c.name = "indexed copy channels " + std::to_string(channels) + " bytes " + std::to_string(bytes);
            visit(c);
        }
    }
}

void make_cases(operations::resample, int slot, const Visitor<ResampleArgs>& visit) {
    Random random(9500 + slot);
    const int bytes = slot_bytes(slot);
    const int bits = slot == TypeSlot::i8 ? kResampleBitsInt8 : kResampleBitsInt16;
    for (const int32_t channels : {1, 3, 8, 15, 16, 17, 33, 64, 65, 130}) {
        for (const int32_t taps : {1, 2, 4}) {
            Case<ResampleArgs> c;
            ResampleArgs& a = c.args;
            a.batch = random.int32(1, 2);
            a.in_h = random.int32(1, 5);
            a.in_w = random.int32(1, 5);
            a.channels = channels;
            a.out_h = random.int32(1, 9);
            a.out_w = random.int32(1, 9);
            Buffer& input = c.add_input(size_t(a.batch) * a.in_h * a.in_w * channels * bytes);
            fill_any(random, slot, channels == 33 ? Values::kExtreme : Values::kRandom, &input);
            a.input = input.data();
            a.input_zero_point = random_zero_point(random, bytes);
            a.output_zero_point = random_zero_point(random, bytes);
            const auto axis = [&](int32_t in, int32_t out, int32_t axis_taps) {
                const size_t entries = size_t(out) * axis_taps;
                Buffer& indices = c.add_input(4 * entries);
                Buffer& weights = c.add_input((slot == TypeSlot::f32 ? 4 : 2) * entries);
                for (size_t i = 0; i < entries; ++i) {
                    const int32_t from = random.int32(0, in - 1);
                    std::memcpy(indices.data() + 4 * i, &from, 4);
                    // Shares of one, now and then a little below zero as cubic weights are.
                    const int32_t weight = random.int32(-(1 << bits) / 10, (1 << bits) / axis_taps);
                    if (slot == TypeSlot::f32) {
                        const float real = static_cast<float>(weight) / static_cast<float>(1 << bits);
                        std::memcpy(weights.data() + 4 * i, &real, 4);
                    } else {
                        const int16_t code = static_cast<int16_t>(weight);
                        std::memcpy(weights.data() + 2 * i, &code, 2);
                    }
                }
                return AxisTaps{axis_taps, reinterpret_cast<const int32_t*>(indices.data()), weights.data()};
            };
            a.rows = axis(a.in_h, a.out_h, taps);
            a.columns = axis(a.in_w, a.out_w, random.one_in(3) ? 1 : taps);
            a.rescale = {random.int32(1 << 30, INT32_MAX), 2 * bits + random.int32(29, 32)};
            c.range = int64_t{a.batch} * a.out_h;
            c.output_bytes = size_t(c.range) * a.out_w * channels * bytes;
            c.name = "resample channels " + std::to_string(channels) + " taps " + std::to_string(taps);
            visit(c);
        }
    }
}

namespace {

/// Calls make(case, outer, count, inner) for shapes around vector widths, with an input filled.
template <typename Args, typename Make>
void visit_reductions(Random& random, int slot, const Visitor<Args>& visit, const Make& make) {
    constexpr int32_t kCounts[] = {1, 2, 5, 16, 33, 100};
    constexpr int32_t kInners[] = {1, 3, 16, 33};
    for (const int32_t count : kCounts) {
        for (const int32_t inner : kInners) {
            Case<Args> c;
            const int32_t outer = random.int32(1, 3);
            Buffer& input = c.add_input(size_t(outer) * count * inner * slot_bytes(slot));
            fill_any(random, slot, random.one_in(4) ? Values::kExtreme : Values::kRandom, &input);
            c.args.input = input.data();
            c.args.count = count;
            c.args.inner = inner;
            c.range = int64_t{outer} * inner;
            c.name = std::to_string(outer) + "x" + std::to_string(count) + "x" + std::to_string(inner);
            make(c, outer, count, inner);
            visit(c);
        }
    }
}

}  // namespace

void make_cases(operations::reduce, int slot, const Visitor<ReduceArgs>& visit) {
    Random random(9400 + slot);
    const int bytes = slot_bytes(slot);
    for (int function = 0; function <= static_cast<int>(ReduceFunction::kL2); ++function) {
        visit_reductions(random, slot, visit, [&](Case<ReduceArgs>& c, int32_t outer, int32_t count, int32_t inner) {
            ReduceArgs& a = c.args;
            a.function = static_cast<ReduceFunction>(function);
            a.input_zero_point = slot == TypeSlot::f32 ? 0 : random_zero_point(random, bytes);
            a.output_zero_point = slot == TypeSlot::f32 ? 0 : random_zero_point(random, bytes);
            const double magnitude = bytes == 1 ? 60 : 15000;
            const bool squares = a.function == ReduceFunction::kSumSquare;
            a.rescale = random_rescale(random, count * magnitude * (squares ? magnitude : 1), magnitude);
            c.output_bytes = size_t(outer) * inner * bytes;
            c.name = "reduce function " + std::to_string(function) + " " + c.name;
        });
    }
}

void make_cases(operations::arg_max, int slot, const Visitor<ArgMaxArgs>& visit) {
    Random random(9500 + slot);
    for (int turn = 0; turn < 4; ++turn) {
        visit_reductions(random, slot, visit, [&](Case<ArgMaxArgs>& c, int32_t outer, int32_t, int32_t inner) {
            c.args.minimum = turn % 2 == 1;
            c.args.last = turn >= 2;
            c.output_bytes = size_t(outer) * inner * 4;
            c.name = "arg_max turn " + std::to_string(turn) + " " + c.name;
        });
    }
}

void make_cases(operations::top_k, int slot, const Visitor<TopKArgs>& visit) {
    Random random(9600 + slot);
    for (int turn = 0; turn < 2; ++turn) {
        visit_reductions(random, slot, visit, [&](Case<TopKArgs>& c, int32_t outer, int32_t count, int32_t inner) {
            c.args.smallest = turn == 1;
            c.args.k = random.int32(1, count);
            const size_t kept = size_t(outer) * c.args.k * inner;
            c.args.indices = static_cast<int32_t*>(c.add_scratch(kept * 4));
            c.output_bytes = kept * slot_bytes(slot);
            c.name = "top_k of turn " + std::to_string(turn) + " " + c.name;
        });
    }
}

void make_cases(operations::gather, int, const Visitor<GatherArgs>& visit) {
    Random random(9600);
    for (const int32_t bytes : {1, 2, 4}) {
        for (const int32_t inner : {1, 3, 16, 33}) {
            Case<GatherArgs> c;
            GatherArgs& a = c.args;
            a.element_bytes = bytes;
            a.outer = random.int32(1, 3);
            a.size = random.int32(1, 7);
            a.inner = inner;
            a.count = random.int32(1, 9);
            Buffer& input = c.add_input(size_t(a.outer) * a.size * inner * bytes);
            fill_codes(random, Values::kRandom, 1, -128, 127, &input);
            a.input = input.data();
            Buffer& indices = c.add_input(4 * size_t(a.count));
            for (int32_t k = 0; k < a.count; ++k) {
                const int32_t index = random.int32(-a.size - 2, a.size + 1);
                std::memcpy(indices.data() + 4 * k, &index, 4);
            }
            a.indices = reinterpret_cast<const int32_t*>(indices.data());
            c.range = int64_t{a.outer} * a.count;
            c.output_bytes = size_t(c.range) * inner * bytes;
            c.name = "gather inner " + std::to_string(inner) + " bytes " + std::to_string(bytes);
            visit(c);
        }
    }
}

}  // namespace tmx::kernels::test
