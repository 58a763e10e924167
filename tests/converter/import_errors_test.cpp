// Files that cannot be imported: each a clear error, never a crash.
#include <gtest/gtest.h>

#include <fstream>

#include "diagnostics/error.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

using onnx::TensorProto;

std::string import_error(const std::string& path, const import::ImportOptions& options = {}) {
    try {
        import::import_onnx(path, options);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

std::string import_error(const ModelBuilder& model, const import::ImportOptions& options = {}) {
    const test::TemporaryFolder folder;
    model.save(folder.file("model.onnx"));
    return import_error(folder.file("model.onnx"), options);
}

/// x -> Relu -> y
ModelBuilder valid() {
    ModelBuilder model;
    model.input("x", {1, 2}).output("y", {1, 2});
    model.node("Relu", {"x"}, {"y"}, "act");
    return model;
}

#define EXPECT_SAYS(error, part) EXPECT_NE((error).find(part), std::string::npos) << "the error says: " << (error)

TEST(ImportErrors, TheValidModelIsValid) { EXPECT_EQ(import_error(valid()), ""); }

TEST(ImportErrors, FilesThatAreNoModels) {
    const test::TemporaryFolder folder;
    EXPECT_SAYS(import_error(folder.file("absent.onnx")), "cannot be opened");
    EXPECT_SAYS(import_error(folder.path()), "folder");
    EXPECT_SAYS(import_error(folder.write("empty.onnx", "")), "not an ONNX model");
    EXPECT_SAYS(import_error(folder.write("text.onnx", "layers: {conv1: w8a8}")), "not an ONNX model");
}

TEST(ImportErrors, EveryTruncationOfAFile) {
    const test::TemporaryFolder folder;
    ModelBuilder model = valid();
    model.floats("w", {4}, {1, 2, 3, 4});
    const std::string whole = model.model().SerializeAsString();
    size_t accepted = 0;
    for (size_t size = 0; size < whole.size(); ++size) {
        // A cut between two fields of the outermost message is a smaller valid message; then something is missing.
        accepted += import_error(folder.write("cut.onnx", whole.substr(0, size))).empty() ? 1 : 0;
    }
    EXPECT_EQ(accepted, 0U);
}

TEST(ImportErrors, FlippedBitsNeverCrash) {
    const test::TemporaryFolder folder;
    ModelBuilder model;
    model.input("x", {1, 2, 5, 5}).output("y", {1, 3, 2, 2}).floats("w", {3, 2, 2, 2}, std::vector<float>(24, 0.5F));
    onnx::NodeProto& conv = model.node("Conv", {"x", "w"}, {"c"}, "conv");
    ModelBuilder::ints_attribute(conv, "strides", {2, 2});
    ModelBuilder::ints_attribute(conv, "kernel_shape", {2, 2});
    ModelBuilder::ints_attribute(model.node("Transpose", {"c"}, {"y"}, "turn"), "perm", {0, 1, 2, 3});
    const std::string whole = model.model().SerializeAsString();
    for (size_t i = 0; i < whole.size(); ++i) {
        for (int mask : {1 << i % 8, 255}) {
            std::string damaged = whole;
            damaged[i] = static_cast<char>(damaged[i] ^ mask);
            import_error(folder.write("damaged.onnx", damaged));
        }
    }
}

TEST(ImportErrors, OpsetsOutsideTheRange) {
    EXPECT_SAYS(import_error(ModelBuilder(-1)), "opset -1 is not supported, only 1 to 21");
    EXPECT_SAYS(import_error(ModelBuilder(22)), "opset 22 is not supported");
    ModelBuilder none = valid();
    none.model().clear_opset_import();
    EXPECT_SAYS(import_error(none), "does not say its opset");
}

TEST(ImportErrors, ListsEveryUnsupportedNodeAtOnce) {
    ModelBuilder model = valid();
    model.node("StringNormalizer", {"x"}, {"a"}, "words");
    model.node("Sigmoyd", {"x"}, {"b"}, "gate");
    model.node("FusedMatMul", {"x"}, {"c"}, "product").set_domain("com.example");
    onnx::AttributeProto& mode = *model.node("Resize", {"x"}, {"d"}, "scale").add_attribute();
    mode.set_name("mode");
    mode.set_type(onnx::AttributeProto::STRING);
    mode.set_s("sharp");
    const std::string error = import_error(model);
    EXPECT_SAYS(error, "4 nodes cannot be converted");
    EXPECT_SAYS(error, "StringNormalizer `words`: this operator is not supported");
    EXPECT_SAYS(error, "Sigmoyd `gate`: opset 13 has no such operator (did you mean `Sigmoid`");
    EXPECT_SAYS(error, "FusedMatMul `product`: operators of the domain `com.example` are not supported");
    EXPECT_SAYS(error, "Resize `scale`: unknown mode `sharp`");
}

TEST(ImportErrors, AttributesThatTheOperatorLacks) {
    ModelBuilder model;
    model.input("x", {1, 2}).output("y", {1, 2});
    ModelBuilder::int_attribute(model.node("Softmax", {"x"}, {"y"}, "probabilities"), "axiss", 1);
    EXPECT_SAYS(import_error(model), "Softmax `probabilities`: has no attribute `axiss` (did you mean `axis`");
}

TEST(ImportErrors, AttributesOfTheWrongType) {
    ModelBuilder model;
    model.input("x", {1, 2}).output("y", {1, 2});
    onnx::AttributeProto& axis = *model.node("Softmax", {"x"}, {"y"}, "probabilities").add_attribute();
    axis.set_name("axis");
    axis.set_type(onnx::AttributeProto::FLOAT);
    axis.set_f(1);
    EXPECT_SAYS(import_error(model), "probabilities");
    axis.clear_type();
    EXPECT_SAYS(import_error(model), "attribute `axis`: has no type");
}

TEST(ImportErrors, StridesOfZero) {
    ModelBuilder model;
    model.input("x", {1, 1, 4, 4}).output("y", {1, 1, 4, 4});
    onnx::NodeProto& pool = model.node("MaxPool", {"x"}, {"y"}, "pool");
    ModelBuilder::ints_attribute(pool, "kernel_shape", {1, 1});
    ModelBuilder::ints_attribute(pool, "strides", {1, 0});
    EXPECT_SAYS(import_error(model), "attribute `strides` has an entry of 0");
}

TEST(ImportErrors, NamesThatDoNotFit) {
    ModelBuilder missing = valid();
    missing.graph().mutable_node(0)->set_input(0, "z");
    EXPECT_SAYS(import_error(missing), "Relu `act`: reads `z`, which nothing makes");

    ModelBuilder twice = valid();
    twice.node("Relu", {"x"}, {"y"}, "again");
    EXPECT_SAYS(import_error(twice), "tensor `y` is defined twice");

    ModelBuilder loop;
    loop.input("x", {1, 2}).output("b", {1, 2});
    loop.node("Add", {"x", "b"}, {"a"}, "first");
    loop.node("Relu", {"a"}, {"b"}, "second");
    EXPECT_SAYS(import_error(loop), "reads `b`, which is made only later");

    ModelBuilder no_output = valid();
    no_output.graph().mutable_output(0)->set_name("w");
    EXPECT_SAYS(import_error(no_output), "nothing makes the output `w`");
}

TEST(ImportErrors, ShapesThatAreNotFixed) {
    ModelBuilder model;
    model.input("x", {0, 3, 0, 0}).output("y", {0, 3, 0, 0});
    model.node("Relu", {"x"}, {"y"});
    EXPECT_SAYS(import_error(model), "input `x`: dimension 2 (`N2`) is not fixed");
    import::ImportOptions options;
    options.input_shapes["x"] = {1, 4, 8, 8};
    EXPECT_SAYS(import_error(model, options), "dimension 1 is 3 in the model, the given shape says 4");
    options.input_shapes["x"] = {1, 3, 8};
    EXPECT_SAYS(import_error(model, options), "has 4 dimensions");
    options.input_shapes = {{"xx", {1, 3, 8, 8}}};
    EXPECT_SAYS(import_error(valid(), options), "has no input `xx` (did you mean `x`");
}

TEST(ImportErrors, DeclaredOutputsThatContradictTheNodes) {
    ModelBuilder shape;
    shape.input("x", {1, 2}).output("y", {1, 3});
    shape.node("Relu", {"x"}, {"y"});
    EXPECT_SAYS(import_error(shape), "output `y`: is declared with another shape than 1x2");
    ModelBuilder type;
    type.input("x", {1, 2}).output("y", {1, 2}, TensorProto::INT64);
    type.node("Relu", {"x"}, {"y"});
    EXPECT_SAYS(import_error(type), "output `y`: is declared as int64, but is float32");
}

TEST(ImportErrors, TensorsThatLieAboutTheirSize) {
    ModelBuilder raw = valid();
    raw.initializer("w", {4}, TensorProto::FLOAT).set_raw_data(std::string(15, 'x'));
    EXPECT_SAYS(import_error(raw), "initializer `w`: holds 15 bytes, but its shape 4 needs 16");

    ModelBuilder typed = valid();
    typed.floats("w", {3}, {1, 2});
    EXPECT_SAYS(import_error(typed), "initializer `w`: holds 2 values, but its shape 3 needs 3");

    ModelBuilder huge = valid();
    huge.initializer("w", {1 << 30, 1 << 30, 1 << 30}, TensorProto::FLOAT);
    EXPECT_SAYS(import_error(huge), "initializer `w`: impossible dimensions");

    ModelBuilder negative = valid();
    negative.initializer("w", {-4}, TensorProto::FLOAT).set_raw_data("");
    EXPECT_SAYS(import_error(negative), "impossible dimensions");
}

TEST(ImportErrors, ElementTypesWithoutAForm) {
    ModelBuilder constant = valid();
    constant.initializer("w", {1}, TensorProto::UINT64);
    EXPECT_SAYS(import_error(constant), "initializer `w`: element type uint64 is not supported");
    ModelBuilder input;
    input.input("x", {1}, TensorProto::STRING).output("y", {1});
    input.node("Identity", {"x"}, {"y"});
    EXPECT_SAYS(import_error(input), "input `x`: element type string is not supported");
}

TEST(ImportErrors, ExternalDataOutsideTheModelsFolder) {
    const test::TemporaryFolder folder;
    folder.write("secret", "12345678");
    auto with_location = [&](const std::string& location, const std::string& offset = "0") {
        ModelBuilder model = valid();
        TensorProto& tensor = model.initializer("w", {2}, TensorProto::FLOAT);
        tensor.set_data_location(TensorProto::EXTERNAL);
        for (const auto& [key, value] : {std::pair{"location", location}, std::pair{"offset", offset}}) {
            auto* entry = tensor.add_external_data();
            entry->set_key(key);
            entry->set_value(value);
        }
        std::filesystem::create_directories(folder.file("model"));
        model.save(folder.file("model/model.onnx"));
        return import_error(folder.file("model/model.onnx"));
    };
    EXPECT_SAYS(with_location("../secret"), "lies outside the model's folder");
    EXPECT_SAYS(with_location(folder.file("secret")), "needs a relative path");
    EXPECT_SAYS(with_location("absent.bin"), "absent.bin");
    folder.write("model/short.bin", "1234567");
    EXPECT_SAYS(with_location("short.bin"), "short.bin");
    folder.write("model/exact.bin", "12345678");
    EXPECT_EQ(with_location("exact.bin"), "");
    EXPECT_SAYS(with_location("exact.bin", "1"), "exact.bin");
    EXPECT_SAYS(with_location("exact.bin", "18446744073709551615"), "exact.bin");
    EXPECT_SAYS(with_location("exact.bin", "-1"), "`offset` -1");
    std::filesystem::create_symlink(folder.file("secret"), folder.file("model/link.bin"));
    EXPECT_SAYS(with_location("link.bin"), "lies outside the model's folder");
}

}  // namespace
}  // namespace tinamix
