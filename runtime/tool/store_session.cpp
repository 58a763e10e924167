// A store on the command line; see store_session.h.
#include "tool/store_session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool/golden_check.h"
#include "tool/json_writer.h"

namespace tmx::tool {

int StoreSession::open(bool create) {
    folder_ = arguments_.has("--store") ? arguments_.value("--store") : getenv("TMX_STORE");
    if (folder_ == nullptr || folder_[0] == '\0') {
        report_error(arguments_, "which store? Give --store DIR, or set TMX_STORE");
        return kExitUsage;
    }
    store::ErrorText error = {};
    const tmx_status status = store_.open(folder_, create, error);
    return status == TMX_OK ? static_cast<int>(kExitOk) : report(status, error);
}

int StoreSession::trial_starts(uint32_t* starts) const {
    int64_t number = store::kDefaultTrialStarts;
    if (!arguments_.integer("--trial", 0, store::kMaxTrialStarts, &number)) return kExitUsage;
    *starts = static_cast<uint32_t>(number);
    return kExitOk;
}

int StoreSession::report(tmx_status status, const store::ErrorText& error) const {
    report_error(arguments_, "%s (%s)", error.text, tmx_status_name(status));
    return kExitFailed;
}

tmx_status StoreSession::run_self_test(void* user, const char* model, const char* golden, store::ErrorText& error) {
    StoreSession& own = *static_cast<StoreSession*>(user);
    Session session;
    if (session.open(own.arguments_, model) != kExitOk) {
        return error.set(TMX_CHECK_FAILED, "the model cannot be opened for its golden check");
    }
    GoldenFile file;
    Text reason;
    if (!file.open(golden, &reason) || !file.belongs_to(session, golden, &reason)) {
        return error.set(TMX_CHECK_FAILED, "%s", reason.c_str());
    }
    tmx_reset_state(session.model());
    for (uint32_t i = 0; i < file.frame_count(); ++i) {
        GoldenCheck check(session, file.frame(i));
        if (check.run() != kExitOk) return error.set(TMX_CHECK_FAILED, "the model does not run on this board");
        own.checked_tensors_ = static_cast<unsigned long>(check.tensors().size());
        const CheckedTensor* first = check.first_differing();
        if (check.good()) continue;
        if (first == nullptr) {
            return error.set(
                TMX_CHECK_FAILED,
                "golden check: output '%.80s' has cosine %.6f to the float network, an NPU must reach %.2f; "
                "nothing has been changed",
                session.output(check.far_off()).name, check.outputs()[static_cast<size_t>(check.far_off())].cosine,
                kMinNpuCosine);
        }
        return error.set(TMX_CHECK_FAILED,
                         "golden check: %lu of %lu tensors differ from the simulation, the first in layer '%.80s'; "
                         "nothing has been changed",
                         static_cast<unsigned long>(check.differing()), own.checked_tensors_, check.layer_of(*first));
    }
    return TMX_OK;
}

void StoreSession::print(const char* name, const char* verb, const store::Outcome& outcome) const {
    const store::Version& version = outcome.version;
    if (arguments_.has("--json")) {
        Text out;
        JsonWriter json(&out);
        json.begin_object();
        json.member("name", name);
        json.member("version", version.model.text);
        json.member_unsigned("model_version", version.model_version);
        json.member_boolean("changed", outcome.changed);
        json.member_boolean("checked", outcome.checked);
        json.member_unsigned("checked_tensors", checked_tensors_);
        json.member_boolean("on_trial", outcome.on_trial);
        json.end_object();
        fputs(out.c_str(), stdout);
        return;
    }
    printf("%s: version %.*s", name, kShownDigits, version.model.text);
    if (version.model_version != 0) printf(" (model version %" PRIu32 ")", version.model_version);
    printf(" %s%s", outcome.changed ? "" : "is already ", verb);
    if (outcome.checked) {
        printf(", golden check: all %lu tensors exact", checked_tensors_);
    } else {
        printf(", not checked on this board (no golden file)");
    }
    puts(outcome.on_trial ? ", on trial" : "");
}

}  // namespace tmx::tool
