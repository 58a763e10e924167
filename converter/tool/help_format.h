// How --help looks.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace tinamix::tool {

/// CLI11's help with wrapped descriptions, and arguments shown as needed even where a YAML file may hold them.
class HelpFormat : public CLI::Formatter {
  public:
    HelpFormat();
    std::string make_usage(const CLI::App* app, std::string name) const override;
    std::string make_description(const CLI::App* app) const override;
    std::string make_option(const CLI::Option* option, bool is_positional) const override;
};

}  // namespace tinamix::tool
