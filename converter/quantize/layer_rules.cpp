// The file that names layers and their precision (`--layers`).
#include <string>
#include <vector>

#include "diagnostics/error.h"
#include "formats/strict_yaml.h"
#include "quantize/plan.h"

namespace tinamix::quantize {

namespace {

using formats::YamlNode;

Precision read_precision(const YamlNode& node) {
    const std::string name = node.text();
    try {
        return precision_from_name(name);
    } catch (const Error& error) {
        node.fail(error.what());
    }
}

PrecisionRules::Rule make_rule(const std::string& pattern, const YamlNode& place, const YamlNode& precision) {
    if (pattern.empty()) place.fail("the name of a layer is empty");
    return {pattern, read_precision(precision), place.where()};
}

}  // namespace

std::vector<PrecisionRules::Rule> read_layer_rules(const std::string& path) {
    const YamlNode root = formats::read_yaml(path);
    std::vector<PrecisionRules::Rule> rules;
    YamlNode layers = root;
    if (!root.is_sequence()) {
        root.expect_keys({"layers"});
        layers = root.at("layers");
    }
    if (layers.is_mapping()) {
        for (const auto& [pattern, precision] : layers.entries()) {
            rules.push_back(make_rule(pattern, precision, precision));
        }
        return rules;
    }
    if (!layers.is_sequence()) {
        layers.fail("`layers` must be a mapping (name: precision) or a list of names and precisions");
    }
    for (const YamlNode& item : layers.items()) {
        item.expect_keys({"name", "precision"});
        rules.push_back(make_rule(item.at("name").text(), item, item.at("precision")));
    }
    return rules;
}

}  // namespace tinamix::quantize
