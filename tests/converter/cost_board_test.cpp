// Cost tables: what they may say, and what follows from them.
#include "cost/board.h"

#include <gtest/gtest.h>

#include "diagnostics/error.h"

namespace tinamix::cost {
namespace {

using quantize::Precision;

constexpr const char* kTable =
    "board: mine\n"
    "about: a test\n"
    "megahertz: 1000\n"
    "cycles_per_instruction: 2\n"
    "instructions:\n"
    "  convolution: {w8a8: {op: 100, mac: 0.5, output: 3, weight: 1}}\n"
    "  other: {w8a8: {op: 10, input: 1, cycles_per_instruction: 1}, w8a16: {op: 1}, w16a16: {op: 1}, f32: {op: 1}}\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

TEST(Board, SumsItsRates) {
    const Board board = parse_board(kTable, "table");
    const OpWork conv{"c", "convolution", Precision::kW8A8, 1000, 7, 20, 50};
    EXPECT_DOUBLE_EQ(board.predict(conv).instructions, 100 + 500 + 60 + 50);
    EXPECT_DOUBLE_EQ(board.predict(conv).ms, 710 * 2 / 1e6);
    const OpWork unknown{"u", "Unheard", Precision::kW8A8, 0, 7, 20, 0};
    EXPECT_DOUBLE_EQ(board.predict(unknown).instructions, 17);
    EXPECT_DOUBLE_EQ(board.predict({conv, unknown}).ms, (710 * 2 + 17) / 1e6);
    OpWork window = conv;
    window.positions = 45;
    window.taps = 180;
    const Board knows = parse_board(replaced(kTable, "mac: 0.5", "mac: 0.5, position: 2, tap: 0.5"), "table");
    EXPECT_DOUBLE_EQ(knows.predict(window).instructions, 710 + 90 + 90);
    window.visits = 100;  // 10 channels, computed as 16
    const Board blocks = parse_board(replaced(kTable, "mac: 0.5", "mac: 0.5, visit: 1, lanes: 8"), "table");
    EXPECT_DOUBLE_EQ(blocks.predict(window).instructions, 710 + 300 + 100);
    window.visits = 0;
    window.kind = "convolution_wide";
    EXPECT_DOUBLE_EQ(knows.predict(window).instructions, 710 + 90 + 90) << "not listed: as narrow";
}

TEST(Board, RefusesTablesThatCannotBe) {
    const auto fails = [](const std::string& from, const std::string& to, const std::string& reason) {
        try {
            parse_board(replaced(kTable, from, to), "table");
            ADD_FAILURE() << to;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
        }
    };
    fails("mac: 0.5", "mac: -1", "negative");
    fails("megahertz: 1000", "megahertz: 0", "above 0");
    fails("mac: 0.5", "macs: 0.5", "macs");
    fails("w8a16: {op: 1}, ", "", "w8a16");
    fails("convolution: {w8a8", "convolution: {w9a9", "w9a9");
}

TEST(Board, EveryBoardHasATableAndKnowsThatBitsCost) {
    ASSERT_GE(board_names().size(), 4U);
    for (const std::string& name : board_names()) {
        const Board board = board_from_name(name);
        EXPECT_EQ(board.name, name);
        OpWork conv{"c", "pointwise", Precision::kW8A8, 25'690'112, 200'704, 401'408, 8192};
        const double int8 = board.predict(conv).ms;
        conv.precision = Precision::kW16A16;
        EXPECT_GT(board.predict(conv).ms, int8) << name;
    }
    EXPECT_THROW(board_from_name("t572"), Error);
}

}  // namespace
}  // namespace tinamix::cost
