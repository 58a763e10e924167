// Arrays cut into samples along their first dimension.
#include <cstring>
#include <memory>
#include <variant>

#include "data/sources.h"
#include "diagnostics/error.h"
#include "formats/mapped_file.h"
#include "formats/npy.h"

namespace tinamix::data {
namespace {

using ir::ElementType;

/// How many samples of shape `input` an array of shape `array` holds; 0 when it does not fit.
size_t samples_in(const ir::Shape& array, const ir::Shape& input) {
    if (array == input) return 1;
    const ir::Shape array_rest(array.begin() + (array.empty() ? 0 : 1), array.end());
    const ir::Shape input_rest(input.begin() + (input.empty() ? 0 : 1), input.end());
    if (array_rest == input) return static_cast<size_t>(array[0]);         // one dimension more
    if (!input.empty() && input[0] == 1 && array == input_rest) return 1;  // without the batch of 1
    if (array.size() == input.size() && !input.empty() && array_rest == input_rest && input[0] > 0 &&
        array[0] % input[0] == 0)
        return static_cast<size_t>(array[0] / input[0]);  // another batch
    return 0;
}

bool is_convertible(ElementType from, ElementType to) { return from == to || to == ElementType::kFloat32; }

class ArraySource : public InputSource {
  public:
    /// `elements`: row-major elements of `type`, kept alive by `keeper`.
    ArraySource(std::shared_ptr<const void> keeper, const std::byte* elements, ElementType type, const ir::Shape& shape,
                std::string where, const InputSpec& input)
        : keeper_(std::move(keeper)),
          elements_(elements),
          type_(type),
          where_(std::move(where)),
          input_type_(input.type),
          input_shape_(input.shape),
          size_(samples_in(shape, input.shape)) {
        if (!is_convertible(type, input.type))
            throw Error(where_, "the array is " + std::string(ir::element_type_name(type)) + ", input `" + input.name +
                                    "` wants " + std::string(ir::element_type_name(input.type)));
        if (size_ == 0)
            throw Error(where_,
                        "the array of shape " + ir::shape_text(shape) + " does not fit input `" + input.name +
                            "` of shape " + ir::shape_text(input.shape),
                        "samples stand along the first dimension");
    }

    size_t size() const override { return size_; }

    ir::Tensor load(size_t index) const override {
        ir::Tensor sample(type_, input_shape_);
        if (sample.bytes() > 0) std::memcpy(sample.raw(), elements_ + index * sample.bytes(), sample.bytes());
        if (type_ == input_type_) return sample;
        ir::Tensor converted(ElementType::kFloat32, input_shape_);
        const std::vector<float> values = sample.to_floats();
        if (!values.empty()) std::memcpy(converted.raw(), values.data(), converted.bytes());
        return converted;
    }

    std::string name(size_t index) const override {
        return size_ == 1 ? where_ : where_ + "[" + std::to_string(index) + "]";
    }

  private:
    std::shared_ptr<const void> keeper_;
    const std::byte* elements_;
    ElementType type_;
    std::string where_;
    ElementType input_type_;
    ir::Shape input_shape_;
    size_t size_;
};

}  // namespace

std::unique_ptr<InputSource> array_source(ir::Tensor array, const std::string& where, const InputSpec& input) {
    auto held = std::make_shared<const ir::Tensor>(std::move(array));
    return std::make_unique<ArraySource>(held, held->raw(), held->type(), held->shape(), where, input);
}

std::unique_ptr<InputSource> npy_source(const std::string& path, const InputSpec& input) {
    auto file = std::make_shared<const formats::MappedFile>(path);
    const formats::NpyHeader header = formats::parse_npy_header(file->bytes(), path);
    // Column-major and bool arrays are converted and checked as a whole.
    if ((header.fortran_order && header.shape.size() > 1) || header.type == ElementType::kBool)
        return array_source(formats::parse_npy(file->bytes(), path), path, input);
    const auto* elements = reinterpret_cast<const std::byte*>(file->bytes().data() + header.data_offset);
    return std::make_unique<ArraySource>(file, elements, header.type, header.shape, path, input);
}

}  // namespace tinamix::data
