// Resize and Upsample: nearest neighbours are one gather; linear and cubic interpolation run over one axis after the
// other.
#include <algorithm>

#include "float/layout.h"
#include "float/parallel.h"
#include "float/registry.h"
#include "float/resize_axes.h"

namespace tinamix::float_exec {

namespace {

bool is_identity(const AxisTable& table, int64_t length) {
    bool same = table.taps == 1 && static_cast<int64_t>(table.indices.size()) == length;
    for (size_t i = 0; same && i < table.indices.size(); ++i) {
        same = table.indices[i] == static_cast<int64_t>(i) && table.outside[i] == 0;
    }
    return same;
}

/// `x` with the axis `axis` (of its storage) resized. Each output row along the axes behind it is a weighted sum.
ir::Tensor resized_axis(const ir::Tensor& x, size_t axis, const AxisTable& table, pthreadpool_t pool) {
    ir::Shape shape = x.shape();
    const int64_t from_length = shape[axis];
    const auto length = static_cast<int64_t>(table.outside.size());
    shape[axis] = length;
    const int64_t inner =
        ir::element_count(ir::Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
    const float* from = x.data<float>();
    float* to = result.data<float>();
    const size_t grain = std::max<size_t>(1, kElementGrain / static_cast<size_t>(inner));
    parallel_for(pool, static_cast<size_t>(result.elements() / inner), grain, [&](size_t begin, size_t count) {
        for (auto row = static_cast<int64_t>(begin); row < static_cast<int64_t>(begin + count); ++row) {
            const int64_t outer = row / length;
            const size_t first = static_cast<size_t>(row % length) * table.taps;
            float* out = to + row * inner;
            for (size_t tap = 0; tap < table.taps; ++tap) {
                const float* source = from + (outer * from_length + table.indices[first + tap]) * inner;
                const float weight = table.weights[first + tap];
                for (int64_t i = 0; i < inner; ++i) {
                    out[i] = tap == 0 ? source[i] * weight : out[i] + source[i] * weight;
                }
            }
        }
    });
    return result;
}

/// Writes `value` where any axis says so.
void fill_outside(ir::Tensor& result, const std::vector<AxisTable>& tables, float value) {
    const size_t rank = tables.size();
    std::vector<size_t> index(rank, 0);
    for (int64_t i = 0; i < result.elements(); ++i) {
        for (size_t axis = 0; axis < rank; ++axis) {
            if (tables[axis].outside[index[axis]] != 0) {
                result.data<float>()[i] = value;
            }
        }
        for (size_t axis = rank; axis-- > 0 && ++index[axis] == tables[axis].outside.size();) {
            index[axis] = 0;
        }
    }
}

Tensors resize(Call& call) {
    const ir::Tensor& x = call.input(0);
    call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
    std::vector<AxisTable> by_axis = resize_axes(call, onnx_shape(x.shape(), call.layout(0)));
    const size_t rank = by_axis.size();
    call.require(rank >= 1, "the input is a scalar");
    std::vector<AxisTable> tables(rank);
    for (size_t i = 0; i < rank; ++i) {
        tables[storage_axis(i, rank, call.layout(0))] = std::move(by_axis[i]);
    }
    ir::Tensor result;
    bool changed = false, any_outside = false;
    for (size_t axis = 0; axis < rank; ++axis) {
        if (!is_identity(tables[axis], x.shape()[axis])) {
            result = resized_axis(changed ? result : x, axis, tables[axis], call.pool());
            changed = true;
        }
        any_outside |=
            std::find(tables[axis].outside.begin(), tables[axis].outside.end(), 1) != tables[axis].outside.end();
    }
    if (!changed) {
        result = x;
    }
    if (any_outside) {
        fill_outside(result, tables, call.node().real("extrapolation_value", 0));
    }
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(resize) {
    registry.add("Resize", LayoutUse::kUniform, resize);
    registry.add("Upsample", LayoutUse::kUniform, resize);
    auto refuse = [](const ir::Node& node) -> std::string {
        const std::string mode = node.text("mode", "nearest");
        if (mode != "nearest" && mode != "linear" && mode != "bilinear" && (mode != "cubic" || node.op == "Upsample")) {
            return "unknown mode `" + mode + "`";
        }
        if (node.integer("antialias", 0) != 0) {
            return "`antialias` is not supported";
        }
        const std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
        return policy == "stretch" ? "" : "keep_aspect_ratio_policy `" + policy + "` is not supported, only `stretch`";
    };
    registry.limit("Resize", refuse);
    registry.limit("Upsample", refuse);
}

}  // namespace tinamix::float_exec
