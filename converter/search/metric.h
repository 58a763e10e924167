// What the distance of a mix from float is measured in. 0 is as good as float under every metric; larger is worse.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::search {

struct Metric {
    enum class Kind {
        kCosine,  ///< 1 - cosine
        kSnr,     ///< energy of the differences over that of the float values: 0.01 is 20 dB
        kTop,     ///< share of the rows of scores whose best class is not among the `most` best of the mix
        kScorer   ///< by how much the score of an OutputScorer falls behind float's
    };
    Kind kind = Kind::kCosine;
    int most = 1;      ///< kTop
    std::string text;  ///< everything that losses depend on, as the user said it
};

/// Judges all outputs of one model together, as a user's program does.
class OutputScorer {
  public:
    virtual ~OutputScorer() = default;
    /// float32 values of the output `name` on sample `sample`, in ONNX order.
    virtual void add(size_t sample, const std::string& name, const ir::Shape& shape,
                     const std::vector<float>& values) = 0;
    /// After all outputs of all samples. Higher is better.
    virtual double score() = 0;
};
using MakeScorer = std::function<std::unique_ptr<OutputScorer>()>;

}  // namespace tinamix::search
