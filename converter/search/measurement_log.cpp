#include "search/measurement_log.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"

namespace tinamix::search {

using Json = nlohmann::ordered_json;

MeasurementLog::MeasurementLog(std::string path, uint64_t subject) : path_(std::move(path)), subject_(subject) {
    if (!std::filesystem::exists(path_)) return;
    std::ifstream file(path_);
    Json json;
    std::string of;
    try {
        json = Json::parse(file);
        of = json.at("subject").get<std::string>();
        for (const auto& [mix, losses] : json.at("mixes").items()) {
            entries_[mix] = {losses.at(0).get<std::vector<double>>(), losses.at(1).get<std::vector<double>>()};
        }
    } catch (const Json::exception&) {
        throw Error(path_, "is not what a search keeps its measurements in", "remove it to search afresh");
    }
    if (of != fmt::format("{:016x}", subject_)) {
        throw Error(path_, "was measured on another network, with other ranges, repairs, groups or samples",
                    "remove it to search afresh");
    }
}

std::string MeasurementLog::key(const Mix& mix, size_t samples) {
    std::string key = std::to_string(samples) + ":";
    for (const quantize::Precision precision : mix) key += static_cast<char>('0' + static_cast<int>(precision));
    return key;
}

std::optional<ReferenceOutputs::Losses> MeasurementLog::find(const Mix& mix, size_t samples) const {
    const auto found = entries_.find(key(mix, samples));
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

void MeasurementLog::add(const Mix& mix, size_t samples, const ReferenceOutputs::Losses& losses) {
    entries_[key(mix, samples)] = losses;
}

void MeasurementLog::save() const {
    Json json{{"subject", fmt::format("{:016x}", subject_)}, {"mixes", Json::object()}};
    for (const auto& [mix, losses] : entries_) json["mixes"][mix] = {losses.judged, losses.ranked};
    formats::write_file_atomically(path_, json.dump(1) + "\n");
}

}  // namespace tinamix::search
