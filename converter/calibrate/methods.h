// The calibration methods by name, and the observer that each needs.
#pragma once

#include <memory>

#include "calibrate/observer.h"
#include "calibrate/ranges.h"

namespace tinamix::calibrate {

/// What a method may know about a tensor before it sees values.
struct TensorPlace {
    size_t layer = 0, layers = 0;  ///< of the node that makes it, in the order of execution
    size_t samples = 0;            ///< that will come
    RealFunction function;         ///< that alone reads it; may be empty
};

std::unique_ptr<Observer> make_observer(Method method, const CalibrationOptions& options, TensorPlace place);

}  // namespace tinamix::calibrate
