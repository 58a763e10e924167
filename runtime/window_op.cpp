#include "window_op.h"

#include <inttypes.h>

namespace tmx::runtime {
namespace {

struct Axis {
    int32_t in, out;
    int32_t kernel, stride, dilation, pad_before, pad_after;
};

tmx_status check_axis(const OpSite& site, const Axis& axis, const char* name) {
    if (axis.kernel < 1 || axis.stride < 1 || axis.dilation < 1) {
        return site.fail("window: kernel, stride or dilation of the %s is 0", name);
    }
    const int64_t padded = int64_t{axis.in} + axis.pad_before + axis.pad_after;
    const int64_t extent = int64_t{axis.kernel - 1} * axis.dilation + 1;
    if (extent > padded) return site.fail("window: larger than the padded %s of the input", name);
    const int64_t out = (padded - extent) / axis.stride + 1;
    if (out != axis.out) {
        return site.fail("window: gives an output %s of %" PRId64 ", output '%.80s' has %" PRId32, name, out,
                         site.output().name, axis.out);
    }
    return TMX_OK;
}

/// How many taps of one axis lie inside the input: extremes over all positions.
Coverage axis_coverage(const Axis& axis) {
    Coverage coverage = {0, axis.kernel};
    for (int32_t position = 0; position < axis.out; ++position) {
        const int64_t begin = int64_t{position} * axis.stride - axis.pad_before;
        // Taps with 0 <= begin + k * dilation < in.
        const int64_t first = begin >= 0 ? 0 : (-begin + axis.dilation - 1) / axis.dilation;
        const int64_t left = axis.in - 1 - begin;
        int64_t last = left < 0 ? -1 : left / axis.dilation;
        if (last > axis.kernel - 1) last = axis.kernel - 1;
        const int64_t inside = last < first ? 0 : last - first + 1;
        if (inside > coverage.most) coverage.most = inside;
        if (inside < coverage.fewest) coverage.fewest = inside;
    }
    return coverage;
}

}  // namespace

tmx_status read_window(const OpSite& site, const format::Window2D& file, kernels::Window* window) {
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    if (in.rank != 4 || out.rank != 4) return site.fail("input and output must have 4 dimensions");
    if (in.shape[0] != out.shape[0]) return site.fail("input and output differ in batch");
    const Axis height = {in.shape[1],       out.shape[1],   file.kernel_h(),  file.stride_h(),
                         file.dilation_h(), file.pad_top(), file.pad_bottom()};
    const Axis width = {in.shape[2],       out.shape[2],    file.kernel_w(), file.stride_w(),
                        file.dilation_w(), file.pad_left(), file.pad_right()};
    TMX_RETURN_IF_ERROR(check_axis(site, height, "height"));
    TMX_RETURN_IF_ERROR(check_axis(site, width, "width"));
    if (int64_t{file.kernel_h()} * file.kernel_w() > kMaxTensorElements) return site.fail("window: too many elements");
    *window = {file.kernel_h(),   file.kernel_w(),   file.stride_h(), file.stride_w(),
               file.dilation_h(), file.dilation_w(), file.pad_top(),  file.pad_left()};
    return TMX_OK;
}

Coverage window_coverage(const OpSite& site, const kernels::Window& window) {
    const Tensor& in = site.input(0);
    const Tensor& out = site.output();
    const Coverage rows = axis_coverage(
        {in.shape[1], out.shape[1], window.kernel_h, window.stride_h, window.dilation_h, window.pad_top, 0});
    const Coverage columns = axis_coverage(
        {in.shape[2], out.shape[2], window.kernel_w, window.stride_w, window.dilation_w, window.pad_left, 0});
    return {rows.most * columns.most, rows.fewest * columns.fewest};
}

}  // namespace tmx::runtime
