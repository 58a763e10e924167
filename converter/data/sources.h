// Where the samples of one graph input come from: pictures, arrays, archives, folders and lists of them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/samples.h"

namespace tinamix::data {

/// What an input expects of its source.
struct InputSpec {
    std::string name;
    ir::ElementType type;
    ir::Shape shape;
    const Preprocessing* preprocessing;
};

/// Samples for one input. Opening reads headers only; data comes with load().
class InputSource {
  public:
    virtual ~InputSource() = default;
    virtual size_t size() const = 0;
    /// Exactly the type and shape of the input. Throws Error.
    virtual ir::Tensor load(size_t index) const = 0;
    virtual std::string name(size_t index) const = 0;
};

/// One picture: one sample.
std::unique_ptr<InputSource> picture_source(const std::string& path, const InputSpec& input);
/// An .npy file, mapped: as many samples as its first dimension says (see open_samples).
std::unique_ptr<InputSource> npy_source(const std::string& path, const InputSpec& input);
/// An array in memory, cut into samples in the same way; `where` names it in messages.
std::unique_ptr<InputSource> array_source(ir::Tensor array, const std::string& where, const InputSpec& input);
/// Several sources, one after the other.
std::unique_ptr<InputSource> joined_source(std::vector<std::unique_ptr<InputSource>> parts);
/// A file or folder by what it is (not .npz).
std::unique_ptr<InputSource> path_source(const std::string& path, const InputSpec& input);
/// The same, and the array with the input's name in an .npz.
std::unique_ptr<InputSource> npz_or_path_source(const std::string& path, const InputSpec& input);

/// Whether the file name ends in `extension` (lower case, with dot), in whatever case.
bool has_extension(const std::string& path, const std::string& extension);
/// `count` of `total` indices, spread evenly, increasing; all of them when count is 0 or not below total.
std::vector<size_t> spread(size_t total, size_t count);

/// Of `total` indices those that spread(total, used) leaves (all when `used` is 0), at most `most` (0: all), spread
/// evenly.
std::vector<size_t> held_out(size_t total, size_t used, size_t most);

}  // namespace tinamix::data
