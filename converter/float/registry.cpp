// Lookup, and the collection of everything under ops/.
#include "float/registry.h"

#include "diagnostics/error.h"

namespace tinamix::float_exec {

// One line per file of ops/, written by the build (float/op_list.cmake).
#define TINAMIX_FLOAT_OP_FILE(name) TINAMIX_FLOAT_OPS(name);
#include "float_op_list.inc"
#undef TINAMIX_FLOAT_OP_FILE

namespace {

class FunctionKernel final : public Kernel {
  public:
    explicit FunctionKernel(std::function<Tensors(Call&)> run) : run_(std::move(run)) {}
    Tensors run(Call& call) override { return run_(call); }

  private:
    std::function<Tensors(Call&)> run_;
};

}  // namespace

void Registry::add(std::string name, LayoutUse layout, std::function<Tensors(Call&)> run) {
    add_prepared(std::move(name), layout,
                 [run = std::move(run)](const ir::Graph&, const ir::Node&) -> std::unique_ptr<Kernel> {
                     return std::make_unique<FunctionKernel>(run);
                 });
}

void Registry::add_prepared(std::string name, LayoutUse layout, KernelFactory prepare) {
    auto [entry, added] = ops_[domain_].emplace(std::move(name), Op{layout, std::move(prepare), {}});
    if (!added) {
        throw Error("float executor", "operator `" + entry->first + "` is registered twice");
    }
}

void Registry::limit(const std::string& name, Refusal refuse) { ops_[domain_].at(name).refuse = std::move(refuse); }

const Op* Registry::find(std::string_view domain, std::string_view name) const {
    auto ops = ops_.find(domain);
    if (ops == ops_.end()) {
        return nullptr;
    }
    auto op = ops->second.find(name);
    return op == ops->second.end() ? nullptr : &op->second;
}

std::vector<std::string> Registry::names(std::string_view domain) const {
    std::vector<std::string> names;
    if (auto ops = ops_.find(domain); ops != ops_.end()) {
        for (const auto& [name, op] : ops->second) {
            names.push_back(name);
        }
    }
    return names;
}

const Registry& Registry::instance() {
    static const Registry registry = [] {
        Registry all;
#define TINAMIX_FLOAT_OP_FILE(name) \
    all.set_domain("");             \
    register_##name##_ops(all);
#include "float_op_list.inc"
#undef TINAMIX_FLOAT_OP_FILE
        return all;
    }();
    return registry;
}

}  // namespace tinamix::float_exec
