// Small models for the store's tests; see store_models.h.
#include "store_models.h"

#include <cstring>

#include "model_file.h"
#include "tinamix.h"
#include "tmx_test_model.h"
#include "tool/golden_check.h"

namespace tmx::store {
namespace {

constexpr char kName[] = "net";

template <typename Function>
Done done(const std::string& folder, bool create, Function function) {
    Done result = {};
    ErrorText error = {};
    Store store;
    result.status = store.open(folder.c_str(), create, error);
    if (result.status == TMX_OK) result.status = function(store, &result.outcome, error);
    result.message = error.text;
    return result;
}

tmx_status check_golden(void*, const char* model, const char* golden, ErrorText& error) {
    static constexpr tool::Command kCommand = {"check", "", "", nullptr, 0, nullptr, 0, "", nullptr};
    tool::Arguments arguments;
    arguments.parse(kCommand, 0, nullptr);
    tool::Session session;
    tool::GoldenFile file;
    tool::Text reason;
    if (session.open(arguments, model) != tool::kExitOk || !file.open(golden, &reason) ||
        !file.belongs_to(session, golden, &reason)) {
        return error.set(TMX_CHECK_FAILED, "%s", reason.c_str());
    }
    tool::GoldenCheck check(session, file.frame(0));
    if (check.run() != tool::kExitOk || check.differing() != 0) return error.set(TMX_CHECK_FAILED, "tensors differ");
    return TMX_OK;
}

}  // namespace

void renew_checksum(std::string* model) {
    Trailer trailer;
    char* end = model->data() + model->size() - sizeof(trailer);
    std::memcpy(&trailer, end, sizeof(trailer));
    trailer.checksum = xxh64(model->data(), model->size() - kUncheckedTailBytes);
    std::memcpy(end, &trailer, sizeof(trailer));
}

std::string model_of_version(uint32_t number) {
    std::string model = tool::test_model([number](format::ModelT& graph) {
        graph.settings = "{\"version\": " + std::to_string(number) + "}";
        // Only what any processor reads: the store refuses models that are packed for others.
        for (const auto& op : graph.ops) {
            if (auto* conv = op->options.AsConv2D()) conv->weights.erase(conv->weights.begin());
        }
    });
    std::memcpy(model.data() + model.size() - sizeof(Trailer) + offsetof(Trailer, model_version), &number,
                sizeof(number));
    renew_checksum(&model);
    return model;
}

std::string golden_of(const std::string& model) { return tool::golden_bytes(tool::test_golden(model)); }

std::string wrong_golden_of(const std::string& model) {
    format::GoldenT golden = tool::test_golden(model);
    golden.digests[1]->digest ^= 1;
    return tool::golden_bytes(golden);
}

std::string id_of(const std::string& bytes) { return object_id(bytes.data(), bytes.size()).text; }

SelfTest golden_self_test() { return {check_golden, nullptr}; }

TestStore::TestStore() {
    for (uint32_t number = 1; number <= 3; ++number) {
        const std::string model = model_of_version(number), name = "v" + std::to_string(number);
        folder_.write(name + ".tmx", model);
        folder_.write(name + ".golden", golden_of(model));
    }
}

Done TestStore::install(const std::string& model, const std::string& golden, bool force, uint32_t trial_starts) const {
    return done(folder(), true, [&](Store& store, Outcome* outcome, ErrorText& error) {
        const Install request = {kName, model.c_str(), golden.empty() ? nullptr : golden.c_str(), force, trial_starts};
        return store.install(request, golden_self_test(), outcome, error);
    });
}

Done TestStore::install_version(uint32_t number) const {
    const std::string name = "v" + std::to_string(number);
    return install(folder_.path(name + ".tmx"), folder_.path(name + ".golden"));
}

Done TestStore::rollback() const {
    return done(folder(), false, [&](Store& store, Outcome* outcome, ErrorText& error) {
        return store.rollback(kName, golden_self_test(), outcome, error);
    });
}

Done TestStore::activate(const std::string& version, bool force) const {
    return done(folder(), false, [&](Store& store, Outcome* outcome, ErrorText& error) {
        return store.activate(kName, version.c_str(), force, kDefaultTrialStarts, golden_self_test(), outcome, error);
    });
}

Done TestStore::remove(const std::string& version) const {
    return done(folder(), false, [&](Store& store, Outcome*, ErrorText& error) {
        return store.remove(kName, version.empty() ? nullptr : version.c_str(), error);
    });
}

Done TestStore::collect(Garbage* garbage) const {
    return done(folder(), false,
                [&](Store& store, Outcome*, ErrorText& error) { return store.collect_garbage(garbage, error); });
}

Slot TestStore::slot() const {
    Slot slot = {};
    ErrorText error = {};
    EXPECT_EQ(read_slot((folder() + "/slots").c_str(), kName, &slot, error), TMX_OK) << error.text;
    return slot;
}

std::string TestStore::open_active() const {
    tmx_model* model = nullptr;
    const tmx_status status = tmx_model_open_active(folder().c_str(), kName, nullptr, &model);
    if (status != TMX_OK) return tmx_status_name(status);
    tmx_info info;
    tmx_model_info(model, &info);
    const std::string id = this->id(info.model_version);
    tmx_model_close(model);
    return id;
}

}  // namespace tmx::store
