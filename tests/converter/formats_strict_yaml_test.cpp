#include "formats/strict_yaml.h"

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace tinamix::formats {
namespace {

YamlNode parse(const std::string& text) { return parse_yaml(text, "c.yaml"); }

TEST(StrictYaml, ReadsTypedValues) {
    const YamlNode root = parse("name: a b\ncount: -12\nratio: 2.5e-3\nyes: true\nlist: [1, 2.5]\nnested: {x: 'no'}\n");
    root.expect_keys({"name", "count", "ratio", "yes", "list", "nested", "other"});
    EXPECT_EQ(root.at("name").text(), "a b");
    EXPECT_EQ(root.at("count").integer(), -12);
    EXPECT_EQ(root.at("ratio").number(), 2.5e-3);
    EXPECT_EQ(root.at("ratio").real(), 2.5e-3F);
    EXPECT_TRUE(root.at("yes").boolean());
    EXPECT_EQ(root.at("list").reals(), (std::vector<float>{1, 2.5}));
    EXPECT_EQ(root.at("count").reals(), std::vector<float>{-12});
    EXPECT_EQ(root.at("nested").at("x").text(), "no");
    EXPECT_TRUE(root.has("name"));
    EXPECT_FALSE(root.has("other"));
    EXPECT_EQ(root.entries()[2].first, "ratio");
}

TEST(StrictYaml, NamesUnknownKeysWithLineAndNearest) {
    const YamlNode root = parse("precision: int8\n\ncalibration_tpye: kl\n");
    EXPECT_ERROR(root.expect_keys({"precision", "calibration_type"}),
                 "c.yaml:3: unknown key `calibration_tpye` (did you mean `calibration_type`?)");
    EXPECT_ERROR(root.expect_keys({"precision", "mean"}), "(known keys: `precision`, `mean`)");
}

TEST(StrictYaml, RefusesDuplicateKeys) {
    EXPECT_ERROR(parse("a: 1\nb:\n  x: 1\n  y: 2\n  x: 3\n"), "c.yaml:5: key `x` stands twice (first in line 3)");
    EXPECT_ERROR(parse("{a: 1, a: 2}"), "c.yaml:1: key `a` stands twice");
}

TEST(StrictYaml, SaysWhatAValueMustBe) {
    const YamlNode root = parse("number: abc\nlist: [1, x]\nempty:\nmapping: {a: 1}\nbig: 99999999999999999999\n");
    EXPECT_ERROR(root.at("number").integer(), "c.yaml:1: `number` must be a whole number, not `abc`");
    EXPECT_ERROR(root.at("number").number(), "`number` must be a finite number, not `abc`");
    EXPECT_ERROR(root.at("number").boolean(), "`number` must be true or false, not `abc`");
    EXPECT_ERROR(root.at("number").items(), "`number` must be a list, not `abc`");
    EXPECT_ERROR(root.at("number").at("x"), "`number` must be a mapping (key: value), not `abc`");
    EXPECT_ERROR(root.at("list").reals(), "c.yaml:2: `list[1]` must be a finite number, not `x`");
    EXPECT_ERROR(root.at("list").text(), "`list` must be a text, not a list");
    EXPECT_ERROR(root.at("empty").text(), "c.yaml:3: `empty` is empty: it must be a text");
    EXPECT_ERROR(root.at("mapping").integer(), "must be a whole number, not a mapping");
    EXPECT_ERROR(root.at("mapping").at("a").integer(2, 7), "c.yaml:4: `mapping.a` is `1`, outside 2 to 7");
    EXPECT_ERROR(root.at("big").integer(), "outside");
    EXPECT_ERROR(root.at("none"), "c.yaml:1: key `none` is missing");
    EXPECT_ERROR(root.at("mapping").at("b"), "key `b` is missing in `mapping`");
}

TEST(StrictYaml, TakesOnlyWholeFiniteNumbers) {
    for (const char* text : {"1x", "0x10", "1 2", "--1", "1.5", "+1", ".5.", "1e3"})
        EXPECT_THROW(parse(text).integer(), Error) << text;
    for (const char* text : {"nan", ".nan", "inf", "1e999", "1,5", "0.5f", "1e"})
        EXPECT_THROW(parse(text).number(), Error) << text;
    EXPECT_THROW(parse("1e60").real(), Error);
    EXPECT_THROW(parse("yes").boolean(), Error);
}

TEST(StrictYaml, RefusesWhatIsNotPlainData) {
    EXPECT_ERROR(parse("a: &x 1\nb: *x\n"), "c.yaml:1: anchors");
    EXPECT_ERROR(parse("layers:\n  *head*: w8a16\n"), "c.yaml:2: ");
    EXPECT_ERROR(parse("layers:\n  *head*: w8a16\n"), "quote a name that begins with `*`");
    EXPECT_ERROR(parse("layers: [*head]\n"), "quote a name that begins with `*`");
    EXPECT_ERROR(parse("a: !!int 3\n"), "tags");
    EXPECT_ERROR(parse("a: 1\n---\nb: 2\n"), "second document");
    EXPECT_ERROR(parse("? [a, b]\n: 1\n"), "a key must be a single value, not a list");
    EXPECT_ERROR(parse("~: 1\n"), "a key is empty");
}

TEST(StrictYaml, NamesTheLineOfASyntaxError) {
    EXPECT_ERROR(parse("a: 1\nb: [1, 2\nc: 3\n"), "c.yaml:");
    EXPECT_ERROR(parse("a: 1\n\tb: 2\n"), "not valid YAML");
    EXPECT_ERROR(parse("a: b: c\n"), "not valid YAML");
    std::string deep(100000, '[');
    EXPECT_ERROR(parse(deep), "c.yaml");
}

TEST(StrictYaml, AnEmptyDocumentIsNull) {
    EXPECT_TRUE(parse("").is_null());
    EXPECT_TRUE(parse("# only a comment\n").is_null());
    EXPECT_ERROR(parse("").expect_keys({"a"}), "c.yaml:1: the document is empty: it must be a mapping");
}

TEST(StrictYaml, ReadsFiles) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(read_yaml(folder.write("a.yaml", "x: 3\n")).at("x").where(), folder.file("a.yaml") + ":1");
    EXPECT_ERROR(read_yaml(folder.file("b.yaml")), "b.yaml: cannot open");
}

TEST(StrictYaml, QuotedNamesReadBackTheSame) {
    for (const std::string& name :
         {std::string("plain/name.0"), std::string("with space"), std::string("a: b"), std::string("#x"),
          std::string("\"quoted\" \\ back"), std::string("*head"), std::string("-dash"), std::string("123"),
          std::string("null"), std::string("~"), std::string(""), std::string("tab\tnewline\n"),
          std::string("\xc3\xa4"), std::string("..."), std::string("---"), std::string("true"), std::string("a,b]}")}) {
        EXPECT_EQ(parse(yaml_quoted(name) + ": " + yaml_quoted(name)).entries()[0].first, name);
        EXPECT_EQ(parse(yaml_quoted(name) + ": " + yaml_quoted(name)).at(name).text(), name);
        EXPECT_EQ(parse("{" + yaml_quoted(name) + ": " + yaml_quoted(name) + "}").at(name).text(), name);
    }
}

}  // namespace
}  // namespace tinamix::formats
