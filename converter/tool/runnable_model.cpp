#include "tool/runnable_model.h"

#include "float/executor.h"
#include "tool/measured_ranges.h"
#include "tool/options.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

class FloatModel : public RunnableModel {
  public:
    FloatModel(ir::Graph graph, int threads) : graph_(std::move(graph)), executor_(graph_, {threads}) {}
    const ir::Graph& interface() const override { return graph_; }
    std::vector<std::string> output_names() const override {
        std::vector<std::string> names;
        for (const ir::ValueId id : graph_.outputs) names.push_back(graph_.value(id).name);
        return names;
    }
    std::vector<ir::Shape> output_shapes() const override {
        std::vector<ir::Shape> shapes;
        for (const ir::ValueId id : graph_.outputs) shapes.push_back(graph_.value(id).shape);
        return shapes;
    }
    std::vector<ir::Tensor> run(const std::vector<ir::Tensor>& inputs) override { return executor_.run(inputs); }

  private:
    ir::Graph graph_;
    float_exec::Executor executor_;
};

class PackedModel : public RunnableModel {
  public:
    PackedModel(const std::string& path, int threads) : simulation_(path, threads) {
        for (int32_t i = 0; i < simulation_.info().input_count; ++i) {
            const tmx_tensor tensor = simulation_.input(i);
            interface_.inputs.push_back(
                interface_.add_value(tensor.name, ir::ElementType::kFloat32, onnx_shape(tensor)));
        }
    }
    const ir::Graph& interface() const override { return interface_; }
    std::vector<std::string> output_names() const override {
        std::vector<std::string> names;
        for (int32_t i = 0; i < simulation_.info().output_count; ++i) names.emplace_back(simulation_.output(i).name);
        return names;
    }
    std::vector<ir::Shape> output_shapes() const override {
        std::vector<ir::Shape> shapes;
        for (int32_t i = 0; i < simulation_.info().output_count; ++i) {
            shapes.push_back(onnx_shape(simulation_.output(i)));
        }
        return shapes;
    }
    std::vector<ir::Tensor> run(const std::vector<ir::Tensor>& inputs) override {
        for (size_t i = 0; i < inputs.size(); ++i) simulation_.set_input(static_cast<int32_t>(i), inputs[i]);
        simulation_.run();
        std::vector<ir::Tensor> outputs;
        for (int32_t i = 0; i < simulation_.info().output_count; ++i) outputs.push_back(simulation_.output_values(i));
        return outputs;
    }

  private:
    Simulation simulation_;
    ir::Graph interface_;
};

}  // namespace

std::unique_ptr<RunnableModel> open_runnable(const std::string& path, const ShapeOptions& shapes, int threads) {
    if (!is_tmx(path)) return std::make_unique<FloatModel>(load_optimized(path, shapes.import_options(), {}), threads);
    shapes.refuse_for_packed_model();
    return std::make_unique<PackedModel>(path, threads);
}

}  // namespace tinamix::tool
