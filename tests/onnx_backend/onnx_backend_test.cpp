// ONNX's backend suites (Debian package libonnx-testdata): every case passes or is refused with a reason, and the cases
// that pass are in pass_list.txt, which only grows. TINAMIX_UPDATE_PASS_LIST=1 writes the list anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "backend_case.h"
#include "isolated.h"

namespace tinamix {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kSecondsPerCase = 20;
constexpr size_t kLeastPassing = 800;

const fs::path kData = "/usr/share/libonnx-testdata/data";
const fs::path kList = fs::path(TINAMIX_SOURCE_DIR) / "tests/onnx_backend/pass_list.txt";

const char* const kListHead =
    "# Cases of ONNX's backend suites that pass, and the inputs that were bound as constants for it.\n"
    "# Written by: TINAMIX_UPDATE_PASS_LIST=1 build/host/tests/onnx_backend/onnx_backend_test\n";

using Words = std::set<std::string>;

Words words_of(const std::string& text) {
    std::istringstream stream(text);
    Words words;
    for (std::string word; stream >> word;) {
        words.insert(word);
    }
    return words;
}

CaseResult run_one(const fs::path& folder) {
    const IsolatedResult isolated = run_isolated(
        [&] {
            const CaseResult result = run_backend_case(folder);
            return std::to_string(static_cast<int>(result.outcome)) + result.detail;
        },
        kSecondsPerCase);
    if (!isolated.completed) {
        return {Outcome::kFailed, isolated.text};
    }
    return {static_cast<Outcome>(isolated.text.at(0) - '0'), isolated.text.substr(1)};
}

using Results = std::map<std::string, CaseResult>;

Results run_all() {
    Results results;
    for (const char* suite : {"node", "pytorch-converted", "pytorch-operator", "simple"}) {
        for (const auto& entry : fs::directory_iterator(kData / suite)) {
            results[std::string(suite) + "/" + entry.path().filename().string()] = run_one(entry.path());
        }
    }
    return results;
}

/// A refusal without the names of files, nodes and tensors: "LSTM: this operator is not supported".
std::string reason_of(const std::string& refusal) {
    const size_t list = refusal.find("\n  ");
    std::string reason = list == std::string::npos ? refusal : refusal.substr(list + 3, refusal.find('\n', list + 3));
    if (const size_t file = reason.find(".onnx: "); file != std::string::npos) {
        reason = reason.substr(file + 7);
    }
    for (size_t from = reason.find('`'); from != std::string::npos; from = reason.find('`', from)) {
        const size_t to = reason.find('`', from + 1);
        reason.erase(from > 0 && reason[from - 1] == ' ' ? from - 1 : from,
                     to == std::string::npos ? to : to - from + 1 + (from > 0 && reason[from - 1] == ' ' ? 1 : 0));
        from = std::min(from, reason.size());
    }
    return reason.substr(0, reason.find('\n'));
}

void print_summary(const Results& results) {
    std::map<Outcome, int> counts;
    std::map<std::string, int> refusals;
    for (const auto& [name, result] : results) {
        ++counts[result.outcome];
        if (result.outcome == Outcome::kRefused) {
            ++refusals[reason_of(result.detail)];
        }
    }
    std::printf("%zu cases: %d pass, %d refused, %d fail\n", results.size(), counts[Outcome::kPassed],
                counts[Outcome::kRefused], counts[Outcome::kFailed]);
    for (const auto& [reason, count] : refusals) {
        std::printf("  refused %3d: %s\n", count, reason.c_str());
    }
}

std::map<std::string, Words> read_list() {
    std::map<std::string, Words> list;
    std::ifstream file(kList);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name, rest;
        words >> name;
        std::getline(words, rest);
        if (!name.empty() && name[0] != '#') {
            list[name] = words_of(rest);
        }
    }
    return list;
}

void write_list(const Results& results) {
    std::ofstream file(kList);
    file << kListHead;
    for (const auto& [name, result] : results) {
        if (result.outcome == Outcome::kPassed) {
            file << name << (result.detail.empty() ? "" : " ") << result.detail << "\n";
        }
    }
}

class OnnxBackend : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (fs::exists(kData)) {
            results_ = run_all();
            print_summary(results_);
            if (std::getenv("TINAMIX_UPDATE_PASS_LIST") != nullptr) {
                write_list(results_);
            }
        }
    }
    void SetUp() override {
        if (!fs::exists(kData)) {
            GTEST_SKIP() << "no " << kData << "; install the Debian package libonnx-testdata";
        }
    }

    static Results results_;
};

Results OnnxBackend::results_;

TEST_F(OnnxBackend, EveryCasePassesOrIsRefusedWithAReason) {
    EXPECT_EQ(results_.size(), 1072U);
    for (const auto& [name, result] : results_) {
        EXPECT_NE(result.outcome, Outcome::kFailed) << name << ": " << result.detail;
        EXPECT_FALSE(result.outcome == Outcome::kRefused && result.detail.empty()) << name;
    }
}

TEST_F(OnnxBackend, ListedCasesPass) {
    for (const auto& [name, constants] : read_list()) {
        const auto found = results_.find(name);
        ASSERT_NE(found, results_.end()) << name << " is in the list, but there is no such case";
        const CaseResult& result = found->second;
        ASSERT_EQ(result.outcome, Outcome::kPassed) << name << ": " << result.detail;
        for (const std::string& bound : words_of(result.detail)) {
            EXPECT_EQ(constants.count(bound), 1U) << name << " now needs a constant `" << bound << "`";
        }
    }
}

TEST_F(OnnxBackend, TheListOnlyGrows) {
    const std::map<std::string, Words> list = read_list();
    EXPECT_GE(list.size(), kLeastPassing);
    for (const auto& [name, result] : results_) {
        if (result.outcome == Outcome::kPassed && list.count(name) == 0) {
            std::printf("%s passes and is not in the list: TINAMIX_UPDATE_PASS_LIST=1 adds it\n", name.c_str());
        }
    }
}

}  // namespace
}  // namespace tinamix
