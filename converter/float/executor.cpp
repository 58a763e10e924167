// Runs the nodes in order. A value is kept in ONNX order, channels-last, or both, made when first asked for, and
// freed after its last reader.
#include "float/executor.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <optional>

#include "diagnostics/error.h"
#include "float/layout.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

const Op& find_op(const ir::Node& node) {
    const Op* op = Registry::instance().find(node.domain, node.op);
    const std::string reason = unsupported_reason(node);
    if (op == nullptr || !reason.empty()) {
        throw Error(where(node), reason);
    }
    return *op;
}

std::string described(ir::ElementType type, const ir::Shape& shape) {
    return std::string(element_type_name(type)) + " " + ir::shape_text(shape);
}

/// Tensors of megabytes come and go with every run. Giving their pages back to the system in between costs as much time
/// as the arithmetic, so the C library is told to keep them.
void keep_freed_memory() {
#ifdef __GLIBC__
    static const bool done = [] {
        mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest it takes
        mallopt(M_TRIM_THRESHOLD, 512 << 20);
        return true;
    }();
    static_cast<void>(done);
#endif
}

/// A value while it lives.
struct Slot {
    std::optional<ir::Tensor> onnx, channels_last;
    const ir::Tensor* constant = nullptr;
    int readers_left = 0;

    const ir::Tensor& get(Layout layout, pthreadpool_t pool) {
        if (layout == Layout::kChannelsLast) {
            if (!channels_last) {
                channels_last = to_channels_last(constant != nullptr ? *constant : *onnx, pool);
            }
            return *channels_last;
        }
        if (constant != nullptr) {
            return *constant;
        }
        if (!onnx) {
            onnx = to_onnx_order(*channels_last, pool);
        }
        return *onnx;
    }
    /// The form it is in already.
    Layout layout() const { return constant == nullptr && !onnx ? Layout::kChannelsLast : Layout::kOnnx; }
    ir::Tensor* owned(Layout layout) {
        auto& tensor = layout == Layout::kChannelsLast ? channels_last : onnx;
        return constant == nullptr && tensor ? &*tensor : nullptr;
    }
    void release() {
        onnx.reset();
        channels_last.reset();
    }
};

/// The order in which an operator gets each of its inputs.
std::vector<Layout> argument_layouts(LayoutUse use, const std::vector<Slot*>& slots,
                                     const std::vector<const ir::Shape*>& shapes) {
    std::vector<Layout> layouts(slots.size(), Layout::kOnnx);
    auto image = [&](size_t i) { return slots[i] != nullptr && has_channels_last_form(*shapes[i]); };
    if (use == LayoutUse::kChannelsLast) {
        if (!slots.empty() && image(0)) {
            layouts[0] = Layout::kChannelsLast;
        }
        return layouts;
    }
    if (use == LayoutUse::kOnnx) {
        return layouts;
    }
    bool any_channels_last = false;
    for (size_t i = 0; i < slots.size(); ++i) {
        if (image(i)) {
            layouts[i] = slots[i]->layout();
            any_channels_last |= layouts[i] == Layout::kChannelsLast;
        }
    }
    if (use == LayoutUse::kUniform && any_channels_last) {
        for (size_t i = 0; i < slots.size(); ++i) {
            layouts[i] = image(i) ? Layout::kChannelsLast : Layout::kOnnx;
        }
    }
    return layouts;
}

}  // namespace

struct Executor::Impl {
    struct Step {
        const ir::Node* node;
        LayoutUse layout;
        std::unique_ptr<Kernel> kernel;
    };

    struct PoolDeleter {
        void operator()(pthreadpool* pool) const { pthreadpool_destroy(pool); }
    };

    const ir::Graph& graph;
    std::unique_ptr<pthreadpool, PoolDeleter> pool;
    std::vector<Step> steps;
    std::vector<int> readers;
    std::vector<Slot> slots;
    std::vector<ir::Tensor> states;

    Impl(const ir::Graph& the_graph, const ExecutorOptions& options) : graph(the_graph), readers(graph.values.size()) {
        keep_freed_memory();
        if (options.threads < 1) {
            throw Error("float executor", "at least one thread is needed, not " + std::to_string(options.threads));
        }
        if (options.threads > 1) {
            pool.reset(pthreadpool_create(static_cast<size_t>(options.threads)));
            if (!pool) {
                throw Error("float executor", "cannot start " + std::to_string(options.threads) + " threads");
            }
        }
        for (const ir::Node& node : graph.nodes) {
            const Op& op = find_op(node);
            steps.push_back({&node, op.layout, op.prepare(graph, node)});
            for (ir::ValueId id : node.inputs) {
                if (id != ir::kNoValue) {
                    ++readers[static_cast<size_t>(id)];
                }
            }
        }
        for (ir::ValueId id : graph.outputs) {
            ++readers[static_cast<size_t>(id)];
        }
        for (const ir::State& state : graph.states) {
            ++readers[static_cast<size_t>(state.output)];
            states.emplace_back(graph.value(state.input).type, graph.value(state.input).shape);
        }
        slots.resize(graph.values.size());
        for (size_t i = 0; i < slots.size(); ++i) {
            slots[i].constant = graph.values[i].constant ? &*graph.values[i].constant : nullptr;
        }
    }

    Slot& slot(ir::ValueId id) { return slots[static_cast<size_t>(id)]; }

    void check_inputs(const std::vector<ir::Tensor>& inputs) const {
        if (inputs.size() != graph.inputs.size()) {
            throw Error(graph.name, "the network has " + std::to_string(graph.inputs.size()) + " inputs, got " +
                                        std::to_string(inputs.size()));
        }
        for (size_t i = 0; i < inputs.size(); ++i) {
            const ir::Value& value = graph.value(graph.inputs[i]);
            if (inputs[i].type() != value.type || inputs[i].shape() != value.shape) {
                throw Error("input `" + value.name + "`", "expected " + described(value.type, value.shape) + ", got " +
                                                              described(inputs[i].type(), inputs[i].shape()));
            }
        }
    }

    void observe(ir::ValueId id, const Observer& observer, ElementOrder order) {
        if (observer) {
            Slot& value = slot(id);
            observer(id, value.get(order == ElementOrder::kAny ? value.layout() : Layout::kOnnx, pool.get()));
        }
    }

    /// A reader is done with the value.
    void done(ir::ValueId id) {
        Slot& value = slot(id);
        if (value.constant == nullptr && --value.readers_left <= 0) {
            value.release();
        }
    }

    void run_step(Step& step, const Observer& observer, ElementOrder order) {
        const ir::Node& node = *step.node;
        std::vector<Slot*> sources;
        std::vector<const ir::Shape*> shapes;
        for (ir::ValueId id : node.inputs) {
            sources.push_back(id == ir::kNoValue ? nullptr : &slot(id));
            shapes.push_back(id == ir::kNoValue ? nullptr : &graph.value(id).shape);
        }
        std::vector<Layout> layouts = argument_layouts(step.layout, sources, shapes);
        std::vector<Argument> arguments(sources.size());
        for (size_t i = 0; i < sources.size(); ++i) {
            if (sources[i] == nullptr) {
                continue;
            }
            arguments[i].tensor = &sources[i]->get(layouts[i], pool.get());
            arguments[i].layout = layouts[i];
            const auto uses = std::count(node.inputs.begin(), node.inputs.end(), node.inputs[i]);
            if (sources[i]->readers_left == uses) {
                arguments[i].dying = sources[i]->owned(layouts[i]);
            }
        }
        const Layout first_layout = layouts.empty() ? Layout::kOnnx : layouts[0];
        Call call(graph, node, std::move(arguments), pool.get());
        call.output_layout = first_layout;
        Tensors results = step.kernel->run(call);
        for (ir::ValueId id : node.inputs) {
            if (id != ir::kNoValue) {
                done(id);
            }
        }
        for (size_t i = 0; i < node.outputs.size(); ++i) {
            if (node.outputs[i] == ir::kNoValue) {
                continue;
            }
            if (i >= results.size()) {
                call.fail("output " + std::to_string(i) + " is not supported");
            }
            accept(call, node.outputs[i], std::move(results[i]), observer, order);
        }
    }

    void accept(const Call& call, ir::ValueId id, ir::Tensor result, const Observer& observer, ElementOrder order) {
        const ir::Value& value = graph.value(id);
        const bool channels_last =
            call.output_layout == Layout::kChannelsLast && has_channels_last_form(result.shape());
        const ir::Shape shape = channels_last ? onnx_shape(result.shape(), Layout::kChannelsLast) : result.shape();
        if (result.type() != value.type || shape != value.shape) {
            call.fail("made " + described(result.type(), shape) + " for `" + value.name + "`, which is " +
                      described(value.type, value.shape));
        }
        Slot& target = slot(id);
        target.readers_left = readers[static_cast<size_t>(id)];
        (channels_last ? target.channels_last : target.onnx) = std::move(result);
        observe(id, observer, order);
        if (target.readers_left == 0) {
            target.release();
        }
    }
};

Executor::Executor(const ir::Graph& graph, ExecutorOptions options) : impl_(std::make_unique<Impl>(graph, options)) {}

Executor::~Executor() = default;

std::vector<ir::Tensor> Executor::run(const std::vector<ir::Tensor>& inputs, const Observer& observer,
                                      ElementOrder order) {
    Impl& impl = *impl_;
    const ir::Graph& graph = impl.graph;
    impl.check_inputs(inputs);
    for (size_t i = 0; i < impl.slots.size(); ++i) {
        if (impl.slots[i].constant == nullptr) {
            impl.slots[i].release();
        }
    }
    const auto begin = [&](ir::ValueId id, const ir::Tensor& tensor) {
        Slot& slot = impl.slot(id);
        slot.readers_left = impl.readers[static_cast<size_t>(id)];
        slot.onnx = tensor;
        impl.observe(id, observer, order);
    };
    for (size_t i = 0; i < inputs.size(); ++i) {
        begin(graph.inputs[i], inputs[i]);
    }
    for (size_t i = 0; i < graph.states.size(); ++i) {
        begin(graph.states[i].input, impl.states[i]);
    }
    for (Impl::Step& step : impl.steps) {
        try {
            impl.run_step(step, observer, order);
        } catch (const std::bad_alloc&) {
            throw Error(where(*step.node), "not enough memory");
        }
    }
    std::vector<ir::Tensor> outputs;
    for (ir::ValueId id : graph.outputs) {
        outputs.push_back(impl.slot(id).get(Layout::kOnnx, impl.pool.get()));
        impl.done(id);
    }
    for (size_t i = 0; i < graph.states.size(); ++i) {
        impl.states[i] = impl.slot(graph.states[i].output).get(Layout::kOnnx, impl.pool.get());
        impl.done(graph.states[i].output);
    }
    return outputs;
}

void Executor::reset_states() {
    for (ir::Tensor& state : impl_->states) {
        state = ir::Tensor(state.type(), state.shape());
    }
}

std::vector<ir::Tensor> evaluate_node(const ir::Graph& graph, const ir::Node& node,
                                      const std::vector<const ir::Tensor*>& inputs) {
    const Op& op = find_op(node);
    std::unique_ptr<Kernel> kernel = op.prepare(graph, node);
    std::vector<Argument> arguments(inputs.size());
    ir::Tensor first_channels_last;
    for (size_t i = 0; i < inputs.size(); ++i) {
        arguments[i].tensor = inputs[i];
    }
    Layout layout = Layout::kOnnx;
    if (op.layout == LayoutUse::kChannelsLast && !inputs.empty() && inputs[0] != nullptr &&
        has_channels_last_form(inputs[0]->shape())) {
        layout = Layout::kChannelsLast;
        first_channels_last = to_channels_last(*inputs[0], nullptr);
        arguments[0] = {&first_channels_last, layout, nullptr};
    }
    Call call(graph, node, std::move(arguments), nullptr);
    call.output_layout = layout;
    Tensors results = kernel->run(call);
    for (ir::Tensor& result : results) {
        if (call.output_layout == Layout::kChannelsLast && has_channels_last_form(result.shape())) {
            result = to_onnx_order(result, nullptr);
        }
    }
    return results;
}

std::string unsupported_reason(const ir::Node& node) {
    const Op* op = Registry::instance().find(node.domain, node.op);
    if (op == nullptr) {
        const std::string near = did_you_mean(node.op, Registry::instance().names(node.domain));
        return "this operator is not supported" + (near.empty() ? "" : " (" + near + ")");
    }
    return op->refuse ? op->refuse(node) : "";
}

bool is_supported(const ir::Node& node) { return unsupported_reason(node).empty(); }

std::vector<std::string> supported_operators(const std::string& domain) { return Registry::instance().names(domain); }

}  // namespace tinamix::float_exec
