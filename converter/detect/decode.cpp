#include "detect/decode.h"

#include <cmath>
#include <span>

#include "diagnostics/error.h"

namespace tinamix::detect {
namespace {

constexpr int64_t kBoxNumbers = 4;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Mean of 0, 1, .. count - 1 under the softmax of logits.
double expected_bin(std::span<const double> logits) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0, weighted = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
        const double part = std::exp(logits[i] - largest);
        sum += part;
        weighted += part * static_cast<double>(i);
    }
    return weighted / sum;
}

/// An output as a table, a row per box, wherever the boxes stand in the tensor.
class Table {
  public:
    /// `rows`: how many boxes there must be, or 0 for the longer side.
    Table(const std::string& name, const ir::Tensor& tensor, int64_t rows) : values_(tensor.to_floats()) {
        ir::Shape shape = tensor.shape();
        if (shape.size() == 4) shape = {shape[0], shape[1], shape[2] * shape[3]};
        if (shape.size() == 2) shape.insert(shape.begin(), 1);
        if (shape.size() != 3 || shape[0] != 1)
            throw Error("output `" + name + "`", "shape " + ir::shape_text(tensor.shape()) + " is no table of boxes",
                        "1 x boxes x columns, or 1 x columns x boxes");
        const bool by_column = rows == 0 ? shape[1] < shape[2] : shape[1] != rows && shape[2] == rows;
        rows_ = by_column ? shape[2] : shape[1];
        columns_ = by_column ? shape[1] : shape[2];
        if (rows != 0 && rows_ != rows)
            throw Error(
                "output `" + name + "`",
                "shape " + ir::shape_text(tensor.shape()) + " has no side of " + std::to_string(rows) + " boxes",
                "is the stride right?");
        row_step_ = by_column ? 1 : columns_;
        column_step_ = by_column ? rows_ : 1;
    }
    int64_t rows() const { return rows_; }
    int64_t columns() const { return columns_; }
    double at(int64_t row, int64_t column) const {
        return values_[static_cast<size_t>(row * row_step_ + column * column_step_)];
    }

  private:
    std::vector<float> values_;
    int64_t rows_ = 0, columns_ = 0, row_step_ = 0, column_step_ = 0;
};

class HeadReader {
  public:
    HeadReader(const DecodeSettings& settings, const Head& head, const ir::Tensor& boxes, const ir::Tensor& scores,
               data::Size input)
        : settings_(settings), stride_(head.stride), input_(input) {
        if (needs_grid()) {
            if (stride_ < 1) throw Error("output `" + head.boxes + "`", "distances need the stride of the grid");
            grid_width_ = (input.width + stride_ - 1) / stride_;
        }
        const int64_t rows = needs_grid() ? grid_width_ * ((input.height + stride_ - 1) / stride_) : 0;
        const bool joined = head.boxes == head.scores;
        tables_.emplace_back(head.boxes, boxes, rows);
        if (!joined) tables_.emplace_back(head.scores, scores, tables_.front().rows());
        const int64_t box_columns = tables_.front().columns();
        first_score_ = joined ? kBoxNumbers : 0;
        if (settings.form == BoxForm::kDistribution) {
            bins_ = box_columns / kBoxNumbers;
            if (joined || box_columns % kBoxNumbers != 0 || bins_ < 2)
                throw Error("output `" + head.boxes + "`",
                            "distributions need an output of 4 x bins columns, not " + std::to_string(box_columns));
        } else if (joined ? box_columns <= kBoxNumbers : box_columns != kBoxNumbers) {
            throw Error("output `" + head.boxes + "`", std::to_string(box_columns) + " columns are not those of boxes");
        }
        first_class_ = first_score_ + (settings.objectness ? 1 : 0) + (settings.background ? 1 : 0);
        if (first_class_ >= tables_.back().columns())
            throw Error("output `" + head.scores + "`", "has no column for a score");
    }

    void read(std::vector<Detection>& detections) const {
        const Table& scores = tables_.back();
        for (int64_t row = 0; row < scores.rows(); ++row) {
            const double objectness = settings_.objectness ? score(row, first_score_) : 1;
            if (!(objectness > settings_.score_threshold)) continue;
            Box box;
            bool have_box = false;
            for (int64_t column = first_class_; column < scores.columns(); ++column) {
                const double found = objectness * score(row, column);
                if (!(found > settings_.score_threshold)) continue;
                if (!have_box) box = box_of(row);
                have_box = true;
                detections.push_back({box, column - first_class_, found});
            }
        }
    }

  private:
    bool needs_grid() const {
        return settings_.form == BoxForm::kDistances || settings_.form == BoxForm::kDistribution;
    }
    double score(int64_t row, int64_t column) const {
        const double value = tables_.back().at(row, column);
        return settings_.sigmoid ? sigmoid(value) : value;
    }

    Box box_of(int64_t row) const {
        const Table& table = tables_.front();
        double number[kBoxNumbers];
        std::vector<double> logits(static_cast<size_t>(bins_));
        for (int64_t i = 0; i < kBoxNumbers; ++i) {
            for (int64_t bin = 0; bin < bins_; ++bin) logits[static_cast<size_t>(bin)] = table.at(row, i * bins_ + bin);
            number[i] = bins_ > 0 ? expected_bin(logits) : table.at(row, i);
        }
        if (needs_grid()) {
            const double x = (static_cast<double>(row % grid_width_) + 0.5) * stride_;
            const double y = (static_cast<double>(row / grid_width_) + 0.5) * stride_;
            return {x - number[0] * stride_, y - number[1] * stride_, x + number[2] * stride_, y + number[3] * stride_};
        }
        const double width = settings_.relative ? input_.width : 1, height = settings_.relative ? input_.height : 1;
        if (settings_.form == BoxForm::kCorners)
            return {number[0] * width, number[1] * height, number[2] * width, number[3] * height};
        return {(number[0] - number[2] / 2) * width, (number[1] - number[3] / 2) * height,
                (number[0] + number[2] / 2) * width, (number[1] + number[3] / 2) * height};
    }

    const DecodeSettings& settings_;
    int stride_;
    data::Size input_;
    int64_t grid_width_ = 0;
    std::vector<Table> tables_;  ///< boxes, and scores where they are another output
    int64_t first_score_ = 0, first_class_ = 0, bins_ = 0;
};

size_t index_of(const std::vector<std::string>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        throw Error("decode", "the model has no output `" + name + "`", did_you_mean(name, names));
    return static_cast<size_t>(found - names.begin());
}

}  // namespace

DecodeSettings decode_by_structure(const std::vector<std::string>& names, const std::vector<ir::Shape>& shapes) {
    const char* hint = "say with --decode how its outputs are to be read";
    if (shapes.size() != 1)
        throw Error("decode",
                    "a detector with " + std::to_string(shapes.size()) + " outputs does not say what they are", hint);
    const ir::Shape& shape = shapes.front();
    constexpr int64_t kLeastColumns = kBoxNumbers + 1;
    if (shape.size() != 3 || shape[0] != 1 || std::min(shape[1], shape[2]) < kLeastColumns)
        throw Error("decode", "an output of shape " + ir::shape_text(shape) + " does not say what it is", hint);
    DecodeSettings settings;
    settings.heads.push_back({names.front(), names.front(), 0});
    settings.objectness = shape[1] > shape[2];
    return settings;
}

std::vector<Detection> decode(const DecodeSettings& settings, const std::vector<std::string>& names,
                              const std::vector<ir::Tensor>& outputs, data::Size input) {
    std::vector<Detection> detections;
    for (const Head& head : settings.heads) {
        HeadReader(settings, head, outputs.at(index_of(names, head.boxes)), outputs.at(index_of(names, head.scores)),
                   input)
            .read(detections);
    }
    return detections;
}

}  // namespace tinamix::detect
