// Names of precisions.
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "quantize/plan.h"

namespace tinamix::quantize {

namespace {

/// The first name of a precision is the one that is printed.
constexpr std::array<std::pair<std::string_view, Precision>, 7> kNames = {{{"w8a8", Precision::kW8A8},
                                                                           {"w8a16", Precision::kW8A16},
                                                                           {"w16a16", Precision::kW16A16},
                                                                           {"f32", Precision::kF32},
                                                                           {"int8", Precision::kW8A8},
                                                                           {"int16", Precision::kW16A16},
                                                                           {"float", Precision::kF32}}};

}  // namespace

std::string_view precision_name(Precision precision) {
    for (const auto& [name, named] : kNames) {
        if (named == precision) return name;
    }
    return "";
}

Precision precision_from_name(std::string_view name) {
    std::vector<std::string> names;
    std::string all;
    for (const auto& [known, precision] : kNames) {
        if (known == name) return precision;
        names.emplace_back(known);
        all += (all.empty() ? "" : ", ") + std::string(known);
    }
    const std::string near = did_you_mean(name, names);
    throw Error("", fmt::format("unknown precision `{}`", name), near.empty() ? "one of " + all : near);
}

NumberFormat activation_format(Precision precision) {
    switch (precision) {
        case Precision::kW8A8:
            return NumberFormat::kInt8;
        case Precision::kW8A16:
        case Precision::kW16A16:
            return NumberFormat::kInt16;
        case Precision::kF32:
            break;
    }
    return NumberFormat::kFloat32;
}

}  // namespace tinamix::quantize
