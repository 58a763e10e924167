// Calibration, evaluation and inference inputs: pictures, .npy, .npz, preprocessed to what the network wants.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::data {

enum class PixelFormat { kRgb, kBgr, kGray };
enum class Layout { kNchw, kNhwc };

/// From picture to tensor, applied in this order: resize, crop or letterbox, channel order, (pixel - mean) / std.
struct Preprocessing {
    std::optional<int> resize_short;              ///< short side in pixels (--resize 256)
    std::optional<std::array<int, 2>> resize_to;  ///< width, height (--resize 320x240)
    std::optional<int> crop;                      ///< centre crop, square, in pixels
    std::optional<int> letterbox_fill;            ///< 0..255: keep the aspect ratio, centre, fill the border
    PixelFormat pixel_format = PixelFormat::kRgb;
    std::vector<float> mean{0.0F};  ///< one value or one per channel, in 0..255 units
    std::vector<float> std{1.0F};
    Layout layout = Layout::kNchw;
};

/// A source of samples for one graph: sample i is one tensor per graph input.
class SampleSource {
  public:
    virtual ~SampleSource() = default;
    virtual size_t size() const = 0;
    /// Loads sample `index`. Throws Error naming the file.
    virtual std::vector<ir::Tensor> load(size_t index) const = 0;
    /// Where sample `index` comes from, for messages: a file name, or "x.npz[3]".
    virtual std::string name(size_t index) const = 0;
};

/// `paths`: either one entry with key "" (the only input) or one per input name. A path is a folder of pictures and
/// .npy files (sorted by name), a text file listing one path per line (relative to itself; # comments), a picture, an
/// .npy (first dimension counts samples when it has one dimension more than the input or a batch that differs from
/// the model's), or an .npz (keys are input names). All inputs must have the same number of samples.
/// `limit`: use at most this many, spread evenly over the whole; 0 means all. For a graph with states the samples are
/// frames of a sequence: the first ones in order.
/// Throws Error on an unknown input name, an empty source, or a shape that does not fit.
std::unique_ptr<SampleSource> open_samples(const ir::Graph& graph, const std::map<std::string, std::string>& paths,
                                           const Preprocessing& preprocessing, size_t limit = 0);

/// One picture file (PNG, JPEG, BMP, PGM) -> float32 tensor of `shape` ([1,C,H,W] or [1,H,W,C] by layout).
ir::Tensor load_picture(const std::string& path, const ir::Shape& shape, const Preprocessing& preprocessing);

}  // namespace tinamix::data
