// The operators of the float executor, by name. Each file ops/<name>.cpp defines one registration function with
// TINAMIX_FLOAT_OPS(<name>); the build lists the files, so a new operator needs its file and nothing else.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "float/call.h"

namespace tinamix::float_exec {

/// Which storage order an operator takes for tensors with a channels-last form.
enum class LayoutUse {
    kOnnx,         ///< ONNX order in and out
    kUniform,      ///< all inputs in one order, whichever they come in; outputs in the same
    kMixed,        ///< each input as it comes; the operator says the order of its outputs
    kChannelsLast  ///< channels-last in and out (first input; the others in ONNX order)
};

using Tensors = std::vector<ir::Tensor>;

/// An operator prepared for one node (weights packed). Runs many times.
class Kernel {
  public:
    virtual ~Kernel() = default;
    /// One tensor per output of the node that the operator makes. Throws Error naming the node.
    virtual Tensors run(Call& call) = 0;
};

using KernelFactory = std::function<std::unique_ptr<Kernel>(const ir::Graph& graph, const ir::Node& node)>;

/// Why a node with these attributes cannot be run although its operator is there; "" when it can.
using Refusal = std::function<std::string(const ir::Node& node)>;

struct Op {
    LayoutUse layout = LayoutUse::kOnnx;
    KernelFactory prepare;
    Refusal refuse;  ///< may be empty
};

class Registry {
  public:
    /// An operator without preparation.
    void add(std::string name, LayoutUse layout, std::function<Tensors(Call&)> run);
    /// An operator that does work once per node.
    void add_prepared(std::string name, LayoutUse layout, KernelFactory prepare);
    /// States the limits of an operator that was added before, so that they are known before anything runs.
    void limit(const std::string& name, Refusal refuse);
    /// Names after this one belong to `domain`, until the next call ("" is ai.onnx).
    void set_domain(std::string domain) { domain_ = std::move(domain); }

    /// Null when there is none.
    const Op* find(std::string_view domain, std::string_view name) const;
    std::vector<std::string> names(std::string_view domain) const;

    /// All operators of ops/.
    static const Registry& instance();

  private:
    std::string domain_;
    std::map<std::string, std::map<std::string, Op, std::less<>>, std::less<>> ops_;
};

#define TINAMIX_FLOAT_OPS(name) void register_##name##_ops([[maybe_unused]] Registry& registry)

}  // namespace tinamix::float_exec
