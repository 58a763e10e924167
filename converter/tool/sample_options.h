// Option groups that several commands share: where samples come from, how pictures are prepared, how many threads.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "data/samples.h"
#include "import/onnx_import.h"
#include "tool/options.h"

namespace tinamix::tool {

/// --resize, --crop, --letterbox, --pixel-format, --mean, --std, --layout.
struct PreprocessingOptions {
    data::Preprocessing value;

    void declare(Options& options);
    /// Throws UsageError when the numbers of means and channels contradict each other.
    void check() const;
    /// For the settings kept in a model file.
    nlohmann::ordered_json to_json() const;
};

/// --data and --samples.
struct DataOptions {
    std::map<std::string, std::string> paths;  ///< by input name; "" for the only input
    int samples = 0;                           ///< 0: all

    void declare(Options& options, int default_samples, const std::string& help);
    /// Says on stderr when there are fewer samples than --samples asked for.
    void note_shortage(size_t found, const Options& options) const;
    /// Opens the source; calls note_shortage().
    std::unique_ptr<data::SampleSource> open(const ir::Graph& graph, const data::Preprocessing& preprocessing,
                                             const Options& options) const;
};

/// --threads. One unless told otherwise: the float executor's pool waits by spinning, and on a machine that is busy
/// with something else two such threads are many times slower than one.
struct ThreadOptions {
    int threads = 1;

    void declare(Options& options);
};

/// --shape name=1x3x320x320, for inputs with symbolic dimensions, and --constant-input name=x.npy, for inputs that are
/// fixed for good.
struct ShapeOptions {
    std::map<std::string, ir::Shape> shapes;
    std::map<std::string, std::string> constant_inputs;  ///< paths by name

    void declare(Options& options);
    /// Throws UsageError if any is given: a packed model has both inside.
    void refuse_for_packed_model() const;
    /// Reads the arrays. Throws Error for a file that is none.
    import::ImportOptions import_options() const;
    /// For the settings kept in a model file.
    void add_to(nlohmann::ordered_json& json) const;
};

/// --state OUT=IN: outputs that are fed back.
struct StateOptions {
    std::map<std::string, std::string> pairs;  ///< output name, input name

    void declare(Options& options);
};

/// Splits "name=value"; the name is empty where there is no "=" (or the part before it holds a path separator).
std::pair<std::string, std::string> split_pair(const std::string& text);

/// "--input [name=]x.npy", repeatable, in the order given.
using NamedPaths = std::vector<std::pair<std::string, std::string>>;
void declare_inputs(Options& options, NamedPaths& inputs);

}  // namespace tinamix::tool
