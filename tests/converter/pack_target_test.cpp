// Board profiles, alone and several in one file.
#include "diagnostics/error.h"
#include "pack/pack.h"
#include "packed_network.h"
#include "tinamix_generated.h"

namespace tinamix::pack {
namespace {

using Packings = std::vector<Target::Packing>;

TEST(Target, SeveralProfilesCarryEachPackingOnce) {
    const Target one = target_from_name("v853");
    EXPECT_EQ(one.packings[0], (Packings{{8, 2}}));
    const Target two = target_from_name("v853,t527");
    EXPECT_EQ(two.name, "v853,t527");
    EXPECT_EQ(two.packings[0], (Packings{{8, 2}, {16, 4}}));
    EXPECT_EQ(two.packings[3], (Packings{{16, 1}}));
    EXPECT_EQ(target_from_name("t527,v853").packings[0], (Packings{{16, 4}, {8, 2}}));
}

TEST(Target, WrongNamesAreErrorsWithTheNearest) {
    const auto message = [](const std::string& name) -> std::string {
        try {
            target_from_name(name);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_NE(message("v835").find("did you mean `v853`"), std::string::npos) << message("v835");
    EXPECT_NE(message("v853,").find("unknown target ``"), std::string::npos) << message("v853,");
    EXPECT_NE(message("v853,t527,v853").find("`v853` is named twice"), std::string::npos);
}

TEST(Target, EveryConvolutionOfTheFileHasTheAlternatives) {
    Network n;
    const ValueId x = n.input({1, 6, 5, 5});
    const ValueId c = n.node("Conv", {x, n.floats({20, 6, 3, 3})}, {1, 20, 5, 5}, {{"pads", Ints{1, 1, 1, 1}}});
    n.output(n.node("Conv", {c, n.floats({20, 1, 3, 3})}, {1, 20, 3, 3}, {{"group", int64_t{20}}}));
    calibrate::Ranges ranges;
    for (const ir::Value& value : n.graph.values) ranges.tensors[value.name] = {-1.0F, 1.0F, -1.0F, 1.0F};
    const quantize::Plan plan = quantize::make_plan(n.graph, ranges, {quantize::Precision::kW8A8, {}});
    const std::vector<uint8_t> bytes = pack(n.graph, plan, target_from_name("v853,t527"), "{}");
    const tmx::format::Model& model = *tmx::format::GetModel(bytes.data());
    EXPECT_EQ(model.target()->str(), "v853,t527");
    const auto& weights = *model.ops()->Get(0)->options_as_Conv2D()->weights();
    ASSERT_EQ(weights.size(), 2U);
    EXPECT_EQ(weights.Get(0)->nr(), 8);
    EXPECT_EQ(weights.Get(0)->kr(), 2);
    EXPECT_EQ(weights.Get(1)->nr(), 16);
    EXPECT_EQ(weights.Get(1)->kr(), 4);
    EXPECT_EQ(model.ops()->Get(1)->options_as_DepthwiseConv2D()->weights()->nr(), 1);
}

}  // namespace
}  // namespace tinamix::pack
