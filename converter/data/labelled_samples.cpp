#include "data/labelled_samples.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "data/sources.h"
#include "diagnostics/error.h"
#include "formats/atomic_file.h"

namespace tinamix::data {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(std::string_view line, char separator) {
    std::vector<std::string> parts;
    size_t begin = 0;
    for (size_t end = 0; (end = line.find(separator, begin)) != std::string_view::npos; begin = end + 1)
        parts.emplace_back(line.substr(begin, end - begin));
    parts.emplace_back(line.substr(begin));
    return parts;
}

/// A table with named columns; every row has as many cells as the header.
class Table {
  public:
    explicit Table(const std::string& path) : path_(path) {
        const std::string text = formats::read_file(path);
        std::vector<std::string> lines = split(text, '\n');
        for (size_t i = 0; i < lines.size(); ++i) {
            std::string& line = lines[i];
            if (!line.empty() && line.back() == '\r') line.pop_back();
            if (line.empty()) continue;
            std::vector<std::string> cells = split(line, '\t');
            if (header_.empty()) {
                header_ = std::move(cells);
                continue;
            }
            const std::string where = path + ":" + std::to_string(i + 1);
            if (cells.size() != header_.size())
                throw Error(where,
                            "there are " + std::to_string(cells.size()) + " columns, the header has " +
                                std::to_string(header_.size()),
                            "columns are separated by one tab");
            rows_.push_back({where, std::move(cells)});
        }
        if (header_.empty()) throw Error(path, "the table of labels is empty");
        if (rows_.empty()) throw Error(path, "the table of labels has a header and nothing else");
    }

    struct Row {
        std::string where;
        std::vector<std::string> cells;
    };
    const std::vector<Row>& rows() const { return rows_; }

    size_t column(const std::string& name) const {
        const auto found = std::find(header_.begin(), header_.end(), name);
        if (found == header_.end()) {
            const std::string near = did_you_mean(name, header_);
            throw Error(path_ + ":1", "the header has no column `" + name + "`",
                        near.empty() ? "columns are separated by one tab" : near);
        }
        return static_cast<size_t>(found - header_.begin());
    }

  private:
    std::string path_;
    std::vector<std::string> header_;
    std::vector<Row> rows_;
};

int64_t natural(const Table::Row& row, size_t column, const char* what) {
    const std::string& text = row.cells[column];
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
        throw Error(row.where, std::string(what) + " `" + text + "` is not a natural number");
    return value;
}

/// Chosen samples of one input, in a given order.
class ChosenSamples : public SampleSource {
  public:
    ChosenSamples(std::unique_ptr<InputSource> source, std::vector<size_t> indices)
        : source_(std::move(source)), indices_(std::move(indices)) {}
    size_t size() const override { return indices_.size(); }
    std::vector<ir::Tensor> load(size_t index) const override {
        std::vector<ir::Tensor> sample;
        sample.push_back(source_->load(indices_.at(index)));
        return sample;
    }
    std::string name(size_t index) const override { return source_->name(indices_.at(index)); }

  private:
    std::unique_ptr<InputSource> source_;
    std::vector<size_t> indices_;
};

std::string find_file(const Table::Row& row, const std::string& file, const fs::path& folder, const fs::path& beside) {
    std::error_code error;
    for (const fs::path& base : {folder, beside}) {
        const fs::path path = base / file;
        if (fs::exists(path, error)) return path.string();
    }
    throw Error(row.where, "there is no file `" + file + "` in " + folder.string());
}

}  // namespace

LabelledSamples open_labelled_samples(const ir::Graph& graph, const std::string& data_path,
                                      const std::string& labels_path, const Preprocessing& preprocessing,
                                      size_t limit) {
    if (graph.inputs.size() != 1)
        throw Error(graph.name, "labelled samples need a model with one input, this one has " +
                                    std::to_string(graph.inputs.size()));
    const ir::Value& value = graph.value(graph.inputs.front());
    const InputSpec input{value.name, value.type, value.shape, &preprocessing};
    const Table table(labels_path);
    const size_t label_column = table.column("label");
    std::error_code error;
    const bool folder = fs::is_directory(data_path, error);
    const size_t sample_column = table.column(folder ? "file" : "index");
    const std::vector<size_t> chosen = spread(table.rows().size(), limit);

    LabelledSamples result;
    std::vector<size_t> indices;
    std::unique_ptr<InputSource> source;
    if (folder) {
        std::vector<std::unique_ptr<InputSource>> parts;
        for (const size_t i : chosen) {
            const Table::Row& row = table.rows()[i];
            const std::string path =
                find_file(row, row.cells[sample_column], data_path, fs::path(labels_path).parent_path());
            parts.push_back(path_source(path, input));
            if (parts.back()->size() != 1)
                throw Error(row.where, "`" + path + "` has " + std::to_string(parts.back()->size()) + " samples",
                            "give the file itself as data, and labels by `index`");
            indices.push_back(indices.size());
        }
        source = joined_source(std::move(parts));
    } else {
        source = npz_or_path_source(data_path, input);
        for (const size_t i : chosen) {
            const Table::Row& row = table.rows()[i];
            const int64_t index = natural(row, sample_column, "index");
            if (index >= static_cast<int64_t>(source->size()))
                throw Error(row.where, "index " + std::to_string(index) + " is beyond the " +
                                           std::to_string(source->size()) + " samples of " + data_path);
            indices.push_back(static_cast<size_t>(index));
        }
    }
    for (const size_t i : chosen) result.labels.push_back(natural(table.rows()[i], label_column, "label"));
    if (std::set<size_t>(indices.begin(), indices.end()).size() != indices.size())
        throw Error(labels_path, "a sample stands twice in the table");
    result.samples = std::make_unique<ChosenSamples>(std::move(source), std::move(indices));
    return result;
}

}  // namespace tinamix::data
