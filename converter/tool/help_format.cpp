// How --help looks.
#include "tool/help_format.h"

namespace tinamix::tool {
namespace {

constexpr size_t kNameColumn = 34;
constexpr size_t kLineWidth = 110;

/// `text` broken at spaces, every line but the first moved to the description column.
std::string wrapped(const std::string& text) {
    std::string result;
    size_t column = kNameColumn;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find(' ', begin), text.size());
        const size_t word = end - begin;
        if (column > kNameColumn && column + 1 + word > kLineWidth) {
            result += "\n" + std::string(kNameColumn, ' ');
            column = kNameColumn;
        } else if (column > kNameColumn) {
            result += ' ';
            ++column;
        }
        result += text.substr(begin, word);
        column += word;
        begin = end + 1;
    }
    return result;
}

}  // namespace

HelpFormat::HelpFormat() {
    column_width(kNameColumn);
    label("Positionals", "Arguments");
    label("Subcommands", "Commands");
}

std::string HelpFormat::make_usage(const CLI::App* app, std::string name) const {
    std::string usage = "Usage: " + name;
    if (app->get_parent() == nullptr) return usage + " COMMAND [OPTIONS]\n";
    for (const CLI::Option* option : app->get_options()) {
        if (option->get_positional()) usage += " " + option->get_name(true, false);
    }
    return usage + " [OPTIONS]\n";
}

std::string HelpFormat::make_description(const CLI::App* app) const { return app->get_description() + "\n"; }

std::string HelpFormat::make_option(const CLI::Option* option, bool is_positional) const {
    std::string name = "  " + make_option_name(option, is_positional) + make_option_opts(option);
    name += name.size() + 1 < kNameColumn ? std::string(kNameColumn - name.size(), ' ')
                                          : "\n" + std::string(kNameColumn, ' ');
    return name + wrapped(make_option_desc(option)) + "\n";
}

}  // namespace tinamix::tool
