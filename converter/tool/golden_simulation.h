// A golden file, run here: what its frames come to in the simulation, beside the float network.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "report/similarity.h"
#include "tool/simulation.h"

namespace tinamix::tool {

class GoldenSimulation {
  public:
    /// Throws Error when `golden` is no golden file, or not one of this model file.
    GoldenSimulation(const std::string& model, const std::string& golden, int threads);

    uint32_t frames() const;

    struct Result {
        std::vector<report::Similarity> outputs;           ///< in the model's order
        std::map<std::string, report::Similarity> layers;  ///< by tensor, where the file has its float values
    };
    /// Runs the frames 0..frame, beginning with zero states. Returns how close the last of them comes.
    Result run(uint32_t frame);

  private:
    std::string path_, bytes_;
    Simulation simulation_;
};

}  // namespace tinamix::tool
