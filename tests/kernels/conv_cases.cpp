// Convolutions and depthwise convolutions to test kernels with: shapes around the edges of every tile, then random
// ones.
#include <cmath>
#include <cstdlib>

#include "cases.h"
#include "weight_runs.h"

namespace tmx::kernels::test {
namespace {

int activation_bytes(int slot) { return slot == PrecisionSlot::w8a8 ? 1 : slot == PrecisionSlot::f32 ? 4 : 2; }
int weight_bytes(int slot) { return slot == PrecisionSlot::f32 ? 4 : slot == PrecisionSlot::w16a16 ? 2 : 1; }
int32_t native_kr(int slot) { return slot == PrecisionSlot::w8a8 ? 4 : slot == PrecisionSlot::f32 ? 1 : 2; }

struct Shape {
    int32_t batch = 1, in_h = 1, in_w = 1, in_c = 1, out_c = 1, groups = 1;
    Window window = {1, 1, 1, 1, 1, 1, 0, 0};
    int32_t pad_bottom = 0, pad_right = 0;
    int32_t nr = 16, kr = 0;  // 0: the native one of the precision
    Values values = Values::kRandom;
    bool wide = false;
    bool lies = false;  ///< weights too large for the accumulator: sums wrap
    bool runs = false;  ///< int16 weights as small as the converter makes them (conv_runs_fit)
};

int32_t out_size(int32_t in, int32_t kernel, int32_t stride, int32_t dilation, int32_t pads) {
    return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

/// Bias, multipliers, shifts, clamps for sums of `taps` products. Keeps the accumulator within what the arithmetic
/// promises: 2^30 for a8, 2^31 for narrow a16 (the weights are made small enough by the caller).
template <typename Args>
void fill_stage(Random& random, int slot, bool wide, int32_t channels, int64_t taps, int32_t weight_bound,
                Case<Args>* c) {
    OutputStage& stage = c->args.stage;
    if (slot == PrecisionSlot::f32) {
        Buffer& bias = c->add_input(sizeof(float) * channels);
        fill_floats(random, 4.0f, &bias);
        stage.bias = bias.data();
        stage.clamp_min_f32 = random.one_in(3) ? 0.0f : -3.4028235e38f;
        stage.clamp_max_f32 = random.one_in(3) ? 6.0f : 3.4028235e38f;
        return;
    }
    const int bytes = activation_bytes(slot);
    const double spread = (bytes == 1 ? 74.0 : 18918.0) * weight_bound * 0.58 * std::sqrt(static_cast<double>(taps));
    Buffer& bias = c->add_input((wide ? 8 : 4) * channels);
    Buffer& multipliers = c->add_input(4 * channels);
    Buffer& shifts = c->add_input(channels);
    for (int32_t o = 0; o < channels; ++o) {
        const double bound = spread < 1e9 ? spread : 1e9;
        int64_t b = random.integer(-static_cast<int64_t>(bound) / 8, static_cast<int64_t>(bound) / 8);
        if (wide && random.one_in(4)) b = random.integer(-(int64_t{1} << 40), int64_t{1} << 40);
        const int32_t narrow = static_cast<int32_t>(b);
        if (wide) {
            std::memcpy(bias.data() + 8 * o, &b, 8);
        } else {
            std::memcpy(bias.data() + 4 * o, &narrow, 4);
        }
        const Rescale rescale = random_rescale(random, spread, bytes == 1 ? 60 : 15000);
        std::memcpy(multipliers.data() + 4 * o, &rescale.multiplier, 4);
        shifts.data()[o] = static_cast<uint8_t>(rescale.shift);
    }
    stage.bias = bias.data();
    stage.multiplier = reinterpret_cast<const int32_t*>(multipliers.data());
    stage.shift = shifts.data();
    stage.zero_point = random_zero_point(random, bytes);
    random_clamp(random, bytes, &stage.clamp_min, &stage.clamp_max);
}

/// Largest weight for which `taps` products stay within a narrow accumulator.
int32_t weight_bound(int slot, bool wide, int64_t taps) {
    if (slot == PrecisionSlot::w8a8) return 127;
    const int64_t most = slot == PrecisionSlot::w8a16 ? 127 : 32767;
    if (wide) return static_cast<int32_t>(most);
    const int64_t fits = (int64_t{1} << 31) / 32768 / taps * 3 / 4;
    return static_cast<int32_t>(fits < 1 ? 1 : (fits < most ? fits : most));
}

void fill_weights(Random& random, int slot, Values values, int32_t bound, Buffer* weights) {
    if (slot == PrecisionSlot::f32) {
        fill_floats(random, 1.0f, weights);
    } else {
        fill_codes(random, values, weight_bytes(slot), -bound, bound, weights);
    }
}

/// Sets the padded lanes [group][block of nr][tap][block of kr][nr][kr] beyond the real channels to zero.
void clear_padding(const ConvArgs& args, int bytes, Buffer* weights) {
    const int32_t out_channels = args.out_c / args.groups, in_channels = args.in_c / args.groups;
    const int32_t out_blocks = (out_channels + args.nr - 1) / args.nr;
    const int32_t in_blocks = (in_channels + args.kr - 1) / args.kr;
    const int32_t taps = args.window.kernel_h * args.window.kernel_w;
    uint8_t* at = weights->data();
    for (int32_t outer = 0; outer < args.groups * out_blocks * taps * in_blocks; ++outer) {
        const int32_t in_block = outer % in_blocks;
        const int32_t out_block = outer / in_blocks / taps % out_blocks;
        for (int32_t n = 0; n < args.nr; ++n) {
            for (int32_t k = 0; k < args.kr; ++k, at += bytes) {
                const bool padded = out_block * args.nr + n >= out_channels || in_block * args.kr + k >= in_channels;
                if (padded) std::memset(at, 0, bytes);
            }
        }
    }
}

void visit_conv(Random& random, int slot, const Shape& s, const Visitor<ConvArgs>& visit) {
    Case<ConvArgs> c;
    ConvArgs& a = c.args;
    const int bytes = activation_bytes(slot);
    a.batch = s.batch;
    a.in_h = s.in_h;
    a.in_w = s.in_w;
    a.in_c = s.in_c;
    a.out_c = s.out_c;
    a.groups = s.groups;
    a.window = s.window;
    const Window& w = a.window;
    a.out_h = out_size(s.in_h, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top + s.pad_bottom);
    a.out_w = out_size(s.in_w, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left + s.pad_right);
    a.nr = s.nr;
    a.kr = s.kr == 0 ? native_kr(slot) : s.kr;
    a.wide_accumulator = s.wide && (slot == PrecisionSlot::w8a16 || slot == PrecisionSlot::w16a16);
    a.input_zero_point = random_zero_point(random, bytes);

    Buffer& input = c.add_input(size_t(a.batch) * a.in_h * a.in_w * a.in_c * bytes);
    if (slot == PrecisionSlot::f32) {
        fill_floats(random, 2.0f, &input);
    } else {
        fill_codes(random, s.values, bytes, lowest_code(bytes), highest_code(bytes), &input);
    }
    a.input = input.data();

    const int32_t in_c = a.in_c / a.groups, out_c = a.out_c / a.groups;
    const int64_t taps = int64_t{w.kernel_h} * w.kernel_w * in_c;
    int32_t bound = weight_bound(slot, a.wide_accumulator || s.lies, taps);
    if (s.runs && bound > kRunMagnitude / kRunChannels) bound = kRunMagnitude / kRunChannels;
    const size_t packed = size_t(a.groups) * ((out_c + a.nr - 1) / a.nr) * w.kernel_h * w.kernel_w *
                          ((in_c + a.kr - 1) / a.kr) * a.nr * a.kr;
    Buffer& weights = c.add_input(packed * weight_bytes(slot));
    fill_weights(random, slot, s.values, bound, &weights);
    clear_padding(a, weight_bytes(slot), &weights);
    a.weights = weights.data();
    a.runs_fit = slot == PrecisionSlot::w16a16 && conv_runs_fit(a);
    fill_stage(random, slot, a.wide_accumulator, a.out_c, taps, bound, &c);

    a.scratch = c.add_scratch(conv_scratch_bytes(a.in_h, a.in_w, a.out_h, a.out_w, a.window, a.in_c / a.groups, bytes));
    conv_prepare(a, bytes);

    c.range = int64_t{a.batch} * a.out_h * a.out_w;
    c.output_bytes = size_t(c.range) * a.out_c * bytes;
    c.name = "conv " + std::to_string(a.batch) + "x" + std::to_string(a.in_h) + "x" + std::to_string(a.in_w) + "x" +
             std::to_string(a.in_c) + " to " + std::to_string(a.out_h) + "x" + std::to_string(a.out_w) + "x" +
             std::to_string(a.out_c) + " kernel " + std::to_string(w.kernel_h) + "x" + std::to_string(w.kernel_w) +
             " stride " + std::to_string(w.stride_h) + "," + std::to_string(w.stride_w) + " dilation " +
             std::to_string(w.dilation_h) + "," + std::to_string(w.dilation_w) + " pad " + std::to_string(w.pad_top) +
             "," + std::to_string(w.pad_left) + " groups " + std::to_string(a.groups) + " packing " +
             std::to_string(a.nr) + "," + std::to_string(a.kr) + (a.wide_accumulator ? " wide" : "") +
             (a.runs_fit ? " runs" : "") + " values " + std::to_string(static_cast<int>(s.values));
    visit(c);
}

/// 1x1 over a row of pixels: every combination that a tile of pixels, a block of outputs or a step of inputs can split.
void visit_pointwise(Random& random, int slot, const Visitor<ConvArgs>& visit) {
    const int32_t pixel_counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 25};
    const int32_t out_channels[] = {1, 15, 16, 17, 31, 32, 33, 48, 49, 64, 80};
    const int32_t in_channels[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65};
    int turn = 0;
    for (const int32_t pixels : pixel_counts) {
        for (const int32_t out_c : out_channels) {
            Shape s;
            s.in_w = pixels;
            s.out_c = out_c;
            s.in_c = in_channels[turn % 14];
            s.values = turn % 7 == 3 ? Values::kExtreme : Values::kRandom;
            s.wide = turn % 2 == 1;
            s.runs = turn % 4 == 1;
            ++turn;
            visit_conv(random, slot, s, visit);
        }
    }
}

void visit_special(Random& random, int slot, const Visitor<ConvArgs>& visit) {
    for (const bool wide : {false, true}) {
        for (const Values values : {Values::kRandom, Values::kExtreme, Values::kConstant}) {
            Shape deep;  // longer than any run of partial sums that a kernel may keep in 32 bits
            deep.in_w = 3;
            deep.in_c = 1500;
            deep.out_c = 20;
            deep.values = values;
            deep.wide = wide;
            visit_conv(random, slot, deep, visit);
            if (wide && slot == PrecisionSlot::w16a16) {
                deep.runs = true;
                visit_conv(random, slot, deep, visit);
            }
            Shape same;
            same.in_h = 7;
            same.in_w = 6;
            same.in_c = 10;
            same.out_c = 35;
            same.window = {3, 3, 1, 1, 1, 1, 1, 1};
            same.pad_bottom = same.pad_right = 1;
            same.values = values;
            same.wide = wide;
            visit_conv(random, slot, same, visit);
        }
        Shape taps;  // more taps than a kernel's table of pixel pointers holds
        taps.in_h = 26;
        taps.in_w = 27;
        taps.in_c = 3;
        taps.out_c = 18;
        taps.window = {25, 23, 1, 1, 1, 1, 2, 1};
        taps.wide = wide;
        visit_conv(random, slot, taps, visit);
        Shape large = taps;  // few pixels fit the table at once
        large.window = {11, 13, 3, 3, 1, 1, 5, 6};
        visit_conv(random, slot, large, visit);
        Shape beside;  // windows that lie wholly in the padding
        beside.in_h = beside.in_w = 2;
        beside.in_c = 5;
        beside.out_c = 17;
        beside.window = {2, 2, 1, 1, 1, 1, 3, 3};
        beside.pad_bottom = beside.pad_right = 3;
        beside.wide = wide;
        visit_conv(random, slot, beside, visit);
    }
    const int32_t packings[][2] = {{1, 1}, {8, 4}, {4, 8}, {16, 1}, {16, 2}, {16, 4}, {32, 4}, {7, 3}};
    for (const auto& packing : packings) {
        Shape s;
        s.in_h = 5;
        s.in_w = 4;
        s.in_c = 18;
        s.out_c = 22;
        s.groups = 2;
        s.window = {3, 2, 1, 1, 1, 1, 1, 0};
        s.nr = packing[0];
        s.kr = packing[1];
        s.wide = packing[0] == 8;
        visit_conv(random, slot, s, visit);
    }
}

Window random_window(Random& random) {
    Window w;
    w.kernel_h = random.int32(1, 5);
    w.kernel_w = random.int32(1, 5);
    w.stride_h = random.int32(1, 3);
    w.stride_w = random.int32(1, 3);
    w.dilation_h = random.one_in(3) ? random.int32(2, 3) : 1;
    w.dilation_w = random.one_in(3) ? random.int32(2, 3) : 1;
    w.pad_top = random.int32(0, w.kernel_h);
    w.pad_left = random.int32(0, w.kernel_w);
    return w;
}

void visit_random(Random& random, int slot, int count, const Visitor<ConvArgs>& visit) {
    for (int i = 0; i < count; ++i) {
        Shape s;
        s.batch = random.one_in(4) ? 2 : 1;
        s.window = random_window(random);
        s.in_h = random.int32(1, 9) + (s.window.kernel_h - 1) * s.window.dilation_h;
        s.in_w = random.int32(1, 9) + (s.window.kernel_w - 1) * s.window.dilation_w;
        s.pad_bottom = random.int32(0, s.window.kernel_h);
        s.pad_right = random.int32(0, s.window.kernel_w);
        s.groups = random.one_in(3) ? random.int32(2, 3) : 1;
        s.in_c = s.groups * random.int32(1, 20);
        s.out_c = s.groups * random.int32(1, 40);
        s.values = random.one_in(4) ? Values::kExtreme : Values::kRandom;
        s.wide = random.one_in(2);
        s.lies = random.one_in(6);
        s.runs = i % 2 == 0;
        visit_conv(random, slot, s, visit);
    }
}

void visit_depthwise(Random& random, int slot, const Shape& s, const Visitor<DepthwiseArgs>& visit) {
    Case<DepthwiseArgs> c;
    DepthwiseArgs& a = c.args;
    const int bytes = activation_bytes(slot);
    a.batch = s.batch;
    a.in_h = s.in_h;
    a.in_w = s.in_w;
    a.channels = s.in_c;
    a.window = s.window;
    const Window& w = a.window;
    a.out_h = out_size(s.in_h, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top + s.pad_bottom);
    a.out_w = out_size(s.in_w, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left + s.pad_right);
    a.wide_accumulator = s.wide && (slot == PrecisionSlot::w8a16 || slot == PrecisionSlot::w16a16);
    a.input_zero_point = random_zero_point(random, bytes);
    Buffer& input = c.add_input(size_t(a.batch) * a.in_h * a.in_w * a.channels * bytes);
    if (slot == PrecisionSlot::f32) {
        fill_floats(random, 2.0f, &input);
    } else {
        fill_codes(random, s.values, bytes, lowest_code(bytes), highest_code(bytes), &input);
    }
    a.input = input.data();
    const int64_t taps = int64_t{w.kernel_h} * w.kernel_w;
    const int32_t bound = weight_bound(slot, a.wide_accumulator || s.lies, taps);
    Buffer& weights = c.add_input(size_t(taps) * a.channels * weight_bytes(slot));
    fill_weights(random, slot, s.values, bound, &weights);
    a.weights = weights.data();
    fill_stage(random, slot, a.wide_accumulator, a.channels, taps, bound, &c);
    a.scratch = c.add_scratch(conv_scratch_bytes(a.in_h, a.in_w, a.out_h, a.out_w, a.window, a.channels, bytes));
    depthwise_prepare(a, bytes);
    c.range = int64_t{a.batch} * a.out_h;
    c.output_bytes = size_t(c.range) * a.out_w * a.channels * bytes;
    c.name = "depthwise " + std::to_string(a.batch) + "x" + std::to_string(a.in_h) + "x" + std::to_string(a.in_w) +
             "x" + std::to_string(a.channels) + " kernel " + std::to_string(w.kernel_h) + "x" +
             std::to_string(w.kernel_w) + " stride " + std::to_string(w.stride_h) + "," + std::to_string(w.stride_w) +
             " dilation " + std::to_string(w.dilation_h) + "," + std::to_string(w.dilation_w) + " pad " +
             std::to_string(w.pad_top) + "," + std::to_string(w.pad_left) + (a.wide_accumulator ? " wide" : "");
    visit(c);
}

}  // namespace

std::unique_ptr<Case<ConvArgs>> repacked(const Case<ConvArgs>& c, int slot, int32_t nr, int32_t kr) {
    const ConvArgs& from = c.args;
    if (from.nr == nr && from.kr == kr) return nullptr;
    auto copy = std::make_unique<Case<ConvArgs>>();
    copy->name = c.name + " repacked " + std::to_string(nr) + "," + std::to_string(kr);
    copy->args = from;
    copy->range = c.range;
    copy->output_bytes = c.output_bytes;
    const int bytes = weight_bytes(slot);
    const int32_t in_c = from.in_c / from.groups, out_c = from.out_c / from.groups;
    const int32_t taps = from.window.kernel_h * from.window.kernel_w;
    const auto blocks = [](int32_t count, int32_t block) { return size_t((count + block - 1) / block); };
    Buffer& weights = copy->add_input(from.groups * blocks(out_c, nr) * taps * blocks(in_c, kr) * nr * kr * bytes);
    std::memset(weights.data(), 0, weights.bytes());
    const auto at = [&](int32_t group, int32_t o, int32_t tap, int32_t i, int32_t n, int32_t k) {
        const size_t block = (group * blocks(out_c, n) + o / n) * taps + tap;
        return (((block * blocks(in_c, k) + i / k) * n + o % n) * k + i % k) * bytes;
    };
    for (int32_t group = 0; group < from.groups; ++group) {
        for (int32_t o = 0; o < out_c; ++o) {
            for (int32_t tap = 0; tap < taps; ++tap) {
                for (int32_t i = 0; i < in_c; ++i) {
                    std::memcpy(weights.data() + at(group, o, tap, i, nr, kr),
                                static_cast<const uint8_t*>(from.weights) + at(group, o, tap, i, from.nr, from.kr),
                                bytes);
                }
            }
        }
    }
    copy->args.weights = weights.data();
    copy->args.nr = nr;
    copy->args.kr = kr;
    return copy;
}

void make_cases(operations::conv, int slot, const Visitor<ConvArgs>& visit) {
    Random random(1000 + slot);
    visit_pointwise(random, slot, visit);
    visit_special(random, slot, visit);
    visit_random(random, slot, 40, visit);
}

void make_cases(operations::depthwise, int slot, const Visitor<DepthwiseArgs>& visit) {
    Random random(2000 + slot);
    for (int32_t channels = 1; channels <= 140; channels += channels < 36 ? 1 : 13) {
        Shape s;
        s.in_h = random.int32(1, 6);
        s.in_w = random.int32(1, 8);
        s.in_c = channels;
        s.window = {3, 3, 1 + channels % 2, 1 + channels % 2, 1, 1, 1, 1};
        s.pad_bottom = s.pad_right = 1;
        s.values = channels % 5 == 0 ? Values::kExtreme : (channels % 7 == 0 ? Values::kConstant : Values::kRandom);
        s.wide = channels % 3 == 0;
        visit_depthwise(random, slot, s, visit);
    }
    for (int i = 0; i < 40; ++i) {
        Shape s;
        s.batch = random.one_in(4) ? 2 : 1;
        s.window = random_window(random);
        s.in_h = random.int32(1, 6) + (s.window.kernel_h - 1) * s.window.dilation_h;
        s.in_w = random.int32(1, 6) + (s.window.kernel_w - 1) * s.window.dilation_w;
        s.pad_bottom = random.int32(0, s.window.kernel_h);
        s.pad_right = random.int32(0, s.window.kernel_w);
        s.in_c = random.int32(1, 70);
        s.values = random.one_in(4) ? Values::kExtreme : Values::kRandom;
        s.wide = random.one_in(2);
        s.lies = random.one_in(6);
        visit_depthwise(random, slot, s, visit);
    }
}

}  // namespace tmx::kernels::test
