// One case of ONNX's backend suites: a folder with a model, and inputs and outputs in protobuf files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tinamix {

enum class Outcome {
    kPassed,
    kRefused,  ///< import or preparation said why not, before anything ran
    kFailed    ///< a wrong answer, or an error only while it ran
};

struct CaseResult {
    Outcome outcome = Outcome::kFailed;
    /// Passed: the inputs that had to be constants, as import_onnx binds them, separated by blanks. Otherwise the
    /// error.
    std::string detail;
};

/// Imports the model, and runs it as imported and as optimized on every data set; compares with ONNX's tolerances.
/// Inputs that decide about shapes (axes, sizes, ...) are bound as constants from the data set, as few as it takes.
CaseResult run_backend_case(const std::filesystem::path& folder);

}  // namespace tinamix
