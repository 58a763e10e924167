// tmx list: what a store holds, and whether it is whole.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tool/commands.h"
#include "tool/json_writer.h"
#include "tool/store_session.h"
#include "tool/text_table.h"

namespace tmx::tool {
namespace {

class Listing {
  public:
    Listing(const store::StoreFolders& folders, bool verify) : folders_(folders), verify_(verify), json_(&out_) {}

    tmx_status make(bool as_json, const char* folder, store::ErrorText& error) {
        as_json_ = as_json;
        if (verify_) TMX_RETURN_IF_ERROR(store::read_trusted_keys(folders_.store, &keys_, error));
        if (as_json) {
            json_.begin_object();
            json_.member("store", folder);
            json_.key("models");
            json_.begin_array();
        }
        TMX_RETURN_IF_ERROR(store::for_each_slot(folders_, visit, this, error));
        if (as_json) {
            json_.end_array();
            json_.member_boolean("intact", !damaged_);
            json_.end_object();
        } else if (rows_ == 0) {
            out_.append("the store is empty\n");
        } else {
            table_.append_to(&out_);
        }
        out_.append(notes_.c_str());
        return TMX_OK;
    }
    const Text& out() const { return out_; }
    bool damaged() const { return damaged_; }

  private:
    static tmx_status visit(void* user, const char* name, const store::Slot& slot, tmx_status status,
                            store::ErrorText& error) {
        Listing& listing = *static_cast<Listing*>(user);
        ++listing.rows_;
        if (status == TMX_OK) {
            listing.add(slot);
        } else {
            listing.add_damaged(name, status, error);
        }
        return TMX_OK;
    }

    void add_damaged(const char* name, tmx_status status, const store::ErrorText& error) {
        damaged_ = true;
        if (as_json_) {
            json_.begin_object();
            json_.member("name", name);
            json_.member("status", tmx_status_name(status));
            json_.member("error", error.text);
            json_.end_object();
            return;
        }
        table_.cell(name);
        for (int i = 0; i < 4; ++i) table_.cell("-");
        table_.cell("DAMAGED");
        notes_.append(error.text);
        notes_.append('\n');
    }

    /// Of one version: the model's size (-1 where there is none to be read), and whether it is what was installed.
    struct Finding {
        int64_t bytes;
        tmx_status status;
    };
    Finding inspect(const store::Slot& slot, const store::Version& version) {
        store::ErrorText error = {};
        runtime::MappedFile file = {};
        Finding finding = {-1, TMX_OK};
        finding.status = store::open_object(folders_, store::ObjectKind::kModel, version.model, !verify_, &file, error);
        if (finding.status == TMX_OK) {
            finding.bytes = static_cast<int64_t>(file.bytes);
            if (verify_) finding.status = store::check_signature(keys_, file.data, file.bytes, error);
            runtime::unmap_file(&file);
        }
        if (finding.status == TMX_OK && !version.golden.is_none()) {
            finding.status =
                store::open_object(folders_, store::ObjectKind::kGolden, version.golden, !verify_, &file, error);
            if (finding.status == TMX_OK) runtime::unmap_file(&file);
        }
        if (finding.status == TMX_OK) return finding;
        damaged_ = true;
        if (!as_json_) notes_.format("%s %.*s: %s\n", slot.name, kShownDigits, version.model.text, error.text);
        return finding;
    }

    void add(const store::Slot& slot) {
        if (as_json_) {
            json_.begin_object();
            json_.member("name", slot.name);
            json_.member_unsigned("serial", slot.serial);
            json_.member_unsigned("trial_starts", slot.trial_starts);
            json_.member_unsigned("starts", slot.starts);
            json_.key("versions");
            json_.begin_array();
        }
        for (int i = 0; i < slot.version_count; ++i) {
            const store::Version& version = slot.versions[i];
            const Finding finding = inspect(slot, version);
            const bool intact = finding.status == TMX_OK;
            const bool active = i == slot.active, previous = i == slot.previous;
            if (as_json_) {
                json_.begin_object();
                json_.member("version", version.model.text);
                json_.member("golden", version.golden.text);
                json_.member_unsigned("model_version", version.model_version);
                json_.member_boolean("active", active);
                json_.member_boolean("previous", previous);
                json_.member_boolean("failed", version.failed);
                json_.member_boolean("intact", intact);
                if (!intact) json_.member("status", tmx_status_name(finding.status));
                json_.member_integer("bytes", finding.bytes);
                json_.end_object();
                continue;
            }
            table_.cell(slot.name);
            table_.cell_format("%.*s", kShownDigits, version.model.text);
            table_.cell_format("%" PRIu32, version.model_version);
            if (finding.bytes >= 0) {
                table_.cell_format("%lld", static_cast<long long>(finding.bytes));
            } else {
                table_.cell("-");
            }
            table_.cell(version.golden.is_none() ? "-" : "yes");
            Text state;
            if (active) state.append("active");
            if (active && slot.on_trial()) {
                state.format(", on trial (%" PRIu32 " of %" PRIu32 " starts)", slot.starts, slot.trial_starts);
            }
            if (previous) state.append("previous");
            if (version.failed) state.append(state.size() > 0 ? ", failed" : "failed");
            if (!intact) {
                if (state.size() > 0) state.append(", ");
                state.append(finding.status == TMX_BAD_SIGNATURE ? "NOT TRUSTED" : "DAMAGED");
            }
            table_.cell(state.size() > 0 ? state.c_str() : "kept");
        }
        if (as_json_) {
            json_.end_array();
            json_.end_object();
        }
    }

    static constexpr const char* kHeadings[] = {"name", "version", ">number", ">bytes", "golden", "state"};

    const store::StoreFolders& folders_;
    bool verify_;
    bool as_json_ = false;
    bool damaged_ = false;
    size_t rows_ = 0;
    store::TrustedKeys keys_ = {};
    Text out_, notes_;
    JsonWriter json_;
    TextTable table_{kHeadings, sizeof(kHeadings) / sizeof(*kHeadings)};
};

int run_list(const Arguments& arguments) {
    StoreSession session(arguments);
    const int status = session.open(false);
    if (status != kExitOk) return status;
    store::ErrorText error = {};
    Listing listing(session.store().folders(), arguments.has("--verify"));
    const tmx_status made = listing.make(arguments.has("--json"), session.folder(), error);
    if (made != TMX_OK) return session.report(made, error);
    fputs(listing.out().c_str(), stdout);
    return listing.damaged() ? kExitFailed : kExitOk;
}

constexpr Option kOptions[] = {
    kStoreOption,
    {"--verify", nullptr, "read every file and check its content and signature", false, false},
    {"--json", nullptr, "print JSON", false, false},
};

}  // namespace

const Command kListCommand = {
    "list",
    "show the models of a store",
    "Exit status 1 when something is missing or damaged.",
    nullptr,
    0,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx list --store /mnt/UDISK/models\n"
    "  tmx list --store /mnt/UDISK/models --verify --json",
    run_list,
};

}  // namespace tmx::tool
