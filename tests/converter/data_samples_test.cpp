#include "data/samples.h"

#include <gtest/gtest.h>

#include "data/labelled_samples.h"
#include "data/sources.h"
#include "formats/npy.h"
#include "temporary_folder.h"
#include "zip_builder.h"

namespace tinamix::data {
namespace {

using ir::ElementType;
using test::TemporaryFolder;
using Paths = std::map<std::string, std::string>;

ir::Graph graph_with(const std::vector<std::tuple<std::string, ElementType, ir::Shape>>& inputs) {
    ir::Graph graph;
    graph.name = "net";
    for (const auto& [name, type, shape] : inputs) graph.inputs.push_back(graph.add_value(name, type, shape));
    return graph;
}

const ir::Graph kPair = graph_with({{"input", ElementType::kFloat32, {1, 2}}});
const ir::Graph kPicture = graph_with({{"input", ElementType::kFloat32, {1, 1, 1, 2}}});

/// first, first + 1, ...
std::string array(const ir::Shape& shape, int first, ElementType type = ElementType::kFloat32) {
    ir::Tensor tensor(type, shape);
    for (int64_t i = 0; i < tensor.elements(); ++i) {
        if (type == ElementType::kFloat32) tensor.data<float>()[i] = static_cast<float>(first + i);
        if (type == ElementType::kFloat64) tensor.data<double>()[i] = static_cast<double>(first + i);
        if (type == ElementType::kInt64) tensor.data<int64_t>()[i] = first + i;
        if (type == ElementType::kUInt8) tensor.data<uint8_t>()[i] = static_cast<uint8_t>(first + i);
    }
    return formats::format_npy(tensor);
}

std::string pgm(char a, char b) { return std::string("P5 2 1 255\n") + a + b; }

std::vector<float> firsts(const SampleSource& samples) {
    std::vector<float> result;
    for (size_t i = 0; i < samples.size(); ++i) result.push_back(samples.load(i).at(0).to_floats().at(0));
    return result;
}

TEST(Spread, IsEvenAndDeterministic) {
    EXPECT_EQ(spread(10, 5), (std::vector<size_t>{0, 2, 4, 6, 8}));
    EXPECT_EQ(spread(10, 3), (std::vector<size_t>{0, 3, 6}));
    EXPECT_EQ(spread(3, 0), (std::vector<size_t>{0, 1, 2}));
    EXPECT_EQ(spread(3, 7), (std::vector<size_t>{0, 1, 2}));
    EXPECT_EQ(spread(7, 6), (std::vector<size_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Samples, ReadAFolderSortedByName) {
    const TemporaryFolder folder;
    folder.write("d/b.pgm", pgm(20, 21));
    folder.write("d/a.PGM", pgm(10, 11));
    folder.write("d/c.npy", array({2, 1, 1, 1, 2}, 30));
    folder.write("d/labels.tsv", "not data");
    folder.write("d/deeper/z.pgm", pgm(99, 99));
    const auto samples = open_samples(kPicture, {{"", folder.file("d")}}, {});
    EXPECT_EQ(firsts(*samples), (std::vector<float>{10, 20, 30, 32}));
    EXPECT_EQ(samples->name(1), folder.file("d/b.pgm"));
    EXPECT_EQ(samples->name(3), folder.file("d/c.npy[1]"));
    EXPECT_EQ(firsts(*open_samples(kPicture, {{"", folder.file("d")}}, {}, 2)), (std::vector<float>{10, 30}));
}

TEST(Samples, ReadAListRelativeToItself) {
    const TemporaryFolder folder;
    folder.write("p/a.pgm", pgm(10, 11));
    const std::string absolute = folder.write("b.pgm", pgm(20, 21));
    const std::string list = folder.write("list.txt", "# pictures\n\n  p/a.pgm \r\n" + absolute + "\np/a.pgm");
    EXPECT_EQ(firsts(*open_samples(kPicture, {{"", list}}, {})), (std::vector<float>{10, 20, 10}));
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.write("l2", "p/a.pgm\np/none.pgm\n")}}, {}),
                 "l2:2: there is no file");
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.write("l3", "list.txt\n")}}, {}), "l3:1: `list.txt` is neither");
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.write("l4", "# none\n")}}, {}), "the list names no files");
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.write("l5.bin", std::string(9, '\0'))}}, {}), "neither a picture");
}

TEST(Samples, ReadASinglePicture) {
    const TemporaryFolder folder;
    const auto samples = open_samples(kPicture, {{"input", folder.write("a.pgm", pgm(10, 11))}}, {});
    ASSERT_EQ(samples->size(), 1U);
    EXPECT_EQ(samples->load(0)[0].shape(), (ir::Shape{1, 1, 1, 2}));
}

TEST(Samples, CutArraysAlongTheFirstDimension) {
    const TemporaryFolder folder;
    const auto open = [&](const ir::Shape& shape) {
        return firsts(*open_samples(kPair, {{"", folder.write("x.npy", array(shape, 1))}}, {}));
    };
    EXPECT_EQ(open({1, 2}), std::vector<float>{1});
    EXPECT_EQ(open({3, 1, 2}), (std::vector<float>{1, 3, 5}));  // one dimension more
    EXPECT_EQ(open({3, 2}), (std::vector<float>{1, 3, 5}));     // another batch
    EXPECT_EQ(open({2}), std::vector<float>{1});                // without the batch
    for (const ir::Shape& shape : {ir::Shape{3}, {2, 1}, {3, 2, 2}, {}, {0, 2}, {1, 1, 1, 2}})
        EXPECT_ERROR(open(shape), "does not fit input `input` of shape 1x2");
    const ir::Graph batch = graph_with({{"input", ElementType::kFloat32, {2, 2}}});
    EXPECT_EQ(firsts(*open_samples(batch, {{"", folder.write("x.npy", array({6, 2}, 0))}}, {})),
              (std::vector<float>{0, 4, 8}));
    EXPECT_ERROR(open_samples(batch, {{"", folder.write("x.npy", array({3, 2}, 0))}}, {}), "does not fit");
}

TEST(Samples, ConvertNumbersToFloatButNotToIntegers) {
    const TemporaryFolder folder;
    for (const ElementType type : {ElementType::kFloat64, ElementType::kInt64, ElementType::kUInt8}) {
        const auto samples = open_samples(kPair, {{"", folder.write("x.npy", array({2, 2}, 5, type))}}, {});
        EXPECT_EQ(samples->load(1)[0].type(), ElementType::kFloat32);
        EXPECT_EQ(firsts(*samples), (std::vector<float>{5, 7}));
    }
    const ir::Graph integers = graph_with({{"ids", ElementType::kInt64, {1, 2}}});
    EXPECT_EQ(open_samples(integers, {{"", folder.write("x.npy", array({1, 2}, 5, ElementType::kInt64))}}, {})
                  ->load(0)[0]
                  .to_ints(),
              (std::vector<int64_t>{5, 6}));
    EXPECT_ERROR(open_samples(integers, {{"", folder.write("x.npy", array({1, 2}, 5))}}, {}),
                 "the array is float32, input `ids` wants int64");
    EXPECT_ERROR(open_samples(integers, {{"", folder.write("x.pgm", pgm(1, 1))}}, {}), "pictures are only for float32");
}

TEST(Samples, GiveSeveralInputsByName) {
    const TemporaryFolder folder;
    const ir::Graph two = graph_with({{"a", ElementType::kFloat32, {1, 2}}, {"state", ElementType::kFloat32, {1, 3}}});
    const std::string a = folder.write("a.npy", array({2, 2}, 0)), state = folder.write("s.npy", array({2, 3}, 100));
    const auto samples = open_samples(two, {{"state", state}, {"a", a}}, {});
    ASSERT_EQ(samples->size(), 2U);
    EXPECT_EQ(samples->load(1)[0].to_floats(), (std::vector<float>{2, 3}));
    EXPECT_EQ(samples->load(1)[1].to_floats(), (std::vector<float>{103, 104, 105}));

    test::ZipMember member_a{"a.npy", array({2, 2}, 0), true}, member_state{"state.npy", array({2, 3}, 100)};
    const std::string npz = folder.write("x.npz", test::zip_archive({member_a, member_state}));
    EXPECT_EQ(open_samples(two, {{"", npz}}, {})->load(1)[1].to_floats(), (std::vector<float>{103, 104, 105}));
    EXPECT_EQ(open_samples(two, {{"a", a}, {"state", npz}}, {})->size(), 2U);

    EXPECT_ERROR(open_samples(two, {{"", a}}, {}),
                 "the model has 2 inputs: give data for each by name (inputs: `a`, `state`)");
    EXPECT_ERROR(open_samples(two, {{"a", a}}, {}), "no data is given for input `state`");
    EXPECT_ERROR(open_samples(two, {{"a", a}, {"sate", state}}, {}),
                 "the model has no input `sate` (did you mean `state`?)");
    EXPECT_ERROR(open_samples(two, {{"", a}, {"state", state}}, {}), "without an input's name");
    EXPECT_ERROR(open_samples(two, {{"a", a}, {"state", folder.write("t.npy", array({3, 3}, 0))}}, {}),
                 "input `state` has 3 samples, input `a` has 2");
    EXPECT_ERROR(open_samples(kPair, {{"", npz}}, {}), "array `a` is not an input of the model (inputs: `input`)");
    EXPECT_ERROR(open_samples(two, {{"", folder.write("y.npz", test::zip_archive({member_a}))}}, {}),
                 "there is no array for input `state`");
}

TEST(Samples, RefuseEmptyAndUnknownSources) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.file("empty"));
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.file("empty")}}, {}),
                 "the folder has no pictures and no .npy files");
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.file("none")}}, {}), "none: there is no such file or folder");
    EXPECT_ERROR(open_samples(kPicture, {}, {}), "no data is given");
    folder.write("w/a.webp", "x");
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.file("w")}}, {}), "a.webp: this picture format is not supported");
    folder.write("z/a.npz", "x");
    EXPECT_ERROR(open_samples(kPicture, {{"", folder.file("z")}}, {}), ".npz files in a folder");
}

TEST(Samples, NameTheUnreadablePicture) {
    const TemporaryFolder folder;
    folder.write("d/a.pgm", pgm(1, 2));
    folder.write("d/b.pgm", "P5 2 1 255\n");
    const auto samples = open_samples(kPicture, {{"", folder.file("d")}}, {});
    EXPECT_NO_THROW(samples->load(0));
    EXPECT_ERROR(samples->load(1), folder.file("d/b.pgm") + ": cannot read the picture: the file is cut off");
}

TEST(LabelledSamples, PairPicturesWithLabelsByColumnName) {
    const TemporaryFolder folder;
    folder.write("d/a.pgm", pgm(10, 11));
    folder.write("d/b.pgm", pgm(20, 21));
    folder.write("d/c.pgm", pgm(30, 31));
    const std::string labels =
        folder.write("labels.tsv", "label\tname\tfile\r\n7\ttench\tc.pgm\r\n3\tshark\ta.pgm\r\n");
    const LabelledSamples labelled = open_labelled_samples(kPicture, folder.file("d"), labels, {});
    EXPECT_EQ(firsts(*labelled.samples), (std::vector<float>{30, 10}));
    EXPECT_EQ(labelled.labels, (std::vector<int64_t>{7, 3}));
    EXPECT_EQ(labelled.samples->name(0), folder.file("d/c.pgm"));
    EXPECT_EQ(open_labelled_samples(kPicture, folder.file("d"), labels, {}, 1).labels, std::vector<int64_t>{7});
}

TEST(LabelledSamples, FindFilesBesideTheTableToo) {
    const TemporaryFolder folder;
    folder.write("t/x/a.pgm", pgm(10, 11));
    std::filesystem::create_directories(folder.file("empty"));
    const std::string labels = folder.write("t/labels.tsv", "file\tlabel\nx/a.pgm\t1\n");
    EXPECT_EQ(open_labelled_samples(kPicture, folder.file("empty"), labels, {}).samples->size(), 1U);
}

TEST(LabelledSamples, PairArraysWithLabelsByIndex) {
    const TemporaryFolder folder;
    const std::string data = folder.write("x.npy", array({4, 2}, 0));
    const LabelledSamples labelled =
        open_labelled_samples(kPair, data, folder.write("l.tsv", "index\tlabel\n3\t9\n0\t8\n"), {});
    EXPECT_EQ(firsts(*labelled.samples), (std::vector<float>{6, 0}));
    EXPECT_EQ(labelled.labels, (std::vector<int64_t>{9, 8}));
    const auto error = [&](const std::string& table) {
        return test::error_of([&] { open_labelled_samples(kPair, data, folder.write("l.tsv", table), {}); });
    };
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "l.tsv:2: index 4 is beyond the 4 samples",
                        error("index\tlabel\n4\t0\n"));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "stands twice", error("index\tlabel\n1\t0\n1\t0\n"));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "l.tsv:3: label `cat` is not a natural number",
                        error("index\tlabel\n1\t0\n2\tcat\n"));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "l.tsv:1: the header has no column `label` (did you mean `labels`?)",
                        error("index\tlabels\n1\t0\n"));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "no column `index`", error("file\tlabel\n1\t0\n"));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "l.tsv:2: there are 1 columns, the header has 2",
                        error("index\tlabel\n1 0\n"));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "a header and nothing else", error("index\tlabel\n"));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "is empty", error("\n"));
}

TEST(LabelledSamples, NameTheMissingPicture) {
    const TemporaryFolder folder;
    folder.write("d/a.pgm", pgm(10, 11));
    const std::string labels = folder.write("labels.tsv", "file\tlabel\na.pgm\t1\nb.pgm\t1\n");
    EXPECT_ERROR(open_labelled_samples(kPicture, folder.file("d"), labels, {}),
                 "labels.tsv:3: there is no file `b.pgm`");
}

}  // namespace
}  // namespace tinamix::data
