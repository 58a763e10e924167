// The text file behind a slot; see slot.h. For example:
//
//     tinamix slot 1
//     name yolo
//     serial 3
//     active 3f2a...
//     previous none
//     trial 3 1
//     version 3f2a... 77aa... 2 good        (model, golden file, model version)
//     check 90c1...                         (SHA-512 of all lines before)
#include "store/slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/hex.h"
#include "store/incoming_file.h"
#include "store/sha512.h"

namespace tmx::store {
namespace {

constexpr char kNone[] = "none";
constexpr char kGood[] = "good";
constexpr char kFailed[] = "failed";
/// Eight versions are about 1500 bytes.
constexpr size_t kMaxSlotBytes = 4096;

struct SlotText {
    char text[kMaxSlotBytes];
    size_t bytes;
};

ObjectId id_or_none(const Slot& slot, int index) {
    return index == kNoVersion ? no_object() : slot.versions[index].model;
}

void append(SlotText* out, const char* format, ...) __attribute__((format(printf, 2, 3)));
void append(SlotText* out, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(out->text + out->bytes, kMaxSlotBytes - out->bytes, format, arguments);
    va_end(arguments);
    out->bytes += static_cast<size_t>(size);
}

void serialize(const Slot& slot, SlotText* out) {
    out->bytes = 0;
    append(out, "tinamix slot 1\nname %s\nserial %" PRIu64 "\n", slot.name, slot.serial);
    append(out, "active %s\nprevious %s\n", id_or_none(slot, slot.active).text, id_or_none(slot, slot.previous).text);
    append(out, "trial %" PRIu32 " %" PRIu32 "\n", slot.trial_starts, slot.starts);
    for (int i = 0; i < slot.version_count; ++i) {
        const Version& version = slot.versions[i];
        append(out, "version %s %s %" PRIu32 " %s\n", version.model.text, version.golden.text, version.model_version,
               version.failed ? kFailed : kGood);
    }
    uint8_t digest[kSha512Bytes];
    sha512(out->text, out->bytes, digest);
    char check[kIdDigits + 1];
    to_hex(digest, kIdBytes, check);
    append(out, "check %s\n", check);
}

/// Takes the words of a text one after the other.
class Words {
  public:
    explicit Words(char* text) : next_(text) {}

    /// The next word, cut off in place; "" at the end.
    char* word() {
        next_ += strspn(next_, " \n");
        char* begin = next_;
        next_ += strcspn(next_, " \n");
        if (*next_ != '\0') *next_++ = '\0';
        return begin;
    }
    bool is(const char* expected) { return strcmp(word(), expected) == 0; }
    bool number(uint64_t limit, uint64_t* value) {
        char* end = nullptr;
        const char* text = word();
        *value = strtoull(text, &end, 10);
        return end != text && *end == '\0' && *value <= limit;
    }
    bool number(uint32_t limit, uint32_t* value) {
        uint64_t wide = 0;
        const bool good = number(uint64_t{limit}, &wide);
        *value = static_cast<uint32_t>(wide);
        return good;
    }
    bool id(ObjectId* id) {
        const char* text = word();
        uint8_t bytes[kIdBytes];
        const bool good = strcmp(text, kNone) == 0 || (strlen(text) == kIdDigits && from_hex(text, kIdBytes, bytes));
        if (good) strcpy(id->text, text);
        return good;
    }

  private:
    char* next_;
};

/// Reads what serialize writes. It may accept more than that: the caller writes the result again and compares.
bool parse(char* text, Slot* slot) {
    memset(slot, 0, sizeof(*slot));
    Words words(text);
    if (!words.is("tinamix") || !words.is("slot") || !words.is("1") || !words.is("name")) return false;
    snprintf(slot->name, sizeof(slot->name), "%s", words.word());
    ObjectId active, previous;
    if (!words.is("serial") || !words.number(UINT64_MAX, &slot->serial) || !words.is("active") || !words.id(&active) ||
        !words.is("previous") || !words.id(&previous) || !words.is("trial") ||
        !words.number(kMaxTrialStarts, &slot->trial_starts) || !words.number(kMaxTrialStarts, &slot->starts)) {
        return false;
    }
    for (const char* word = words.word(); strcmp(word, "check") != 0; word = words.word()) {
        if (strcmp(word, "version") != 0 || slot->version_count == kMaxVersions) return false;
        Version& version = slot->versions[slot->version_count];
        if (!words.id(&version.model) || version.model.is_none() || slot->find(version.model) != kNoVersion ||
            !words.id(&version.golden) || !words.number(UINT32_MAX, &version.model_version)) {
            return false;
        }
        version.failed = words.is(kFailed);
        ++slot->version_count;
    }
    slot->active = slot->find(active);
    slot->previous = slot->find(previous);
    return slot->active != kNoVersion && slot->active != slot->previous;
}

}  // namespace

bool ObjectId::is_none() const { return strcmp(text, kNone) == 0; }
bool ObjectId::operator==(const ObjectId& other) const { return strcmp(text, other.text) == 0; }

ObjectId no_object() {
    ObjectId id = {};
    strcpy(id.text, kNone);
    return id;
}

int Slot::find(const ObjectId& model) const {
    for (int i = 0; i < version_count; ++i) {
        if (versions[i].model == model) return i;
    }
    return kNoVersion;
}

tmx_status check_slot_name(const char* name, ErrorText& error) {
    constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const size_t size = strlen(name);
    if (size > 0 && size < kMaxNameBytes && strspn(name, kLetters) == size && name[0] != '.' && name[0] != '-') {
        return TMX_OK;
    }
    return error.set(TMX_INVALID_ARGUMENT,
                     "'%.80s' cannot be the name of a model: 1 to 63 letters, digits, '.', '_', '-', the first one a "
                     "letter, digit or '_'",
                     name);
}

void switch_to(Slot* slot, int index, uint32_t trial_starts) {
    if (index != slot->active) slot->previous = slot->active;
    slot->active = index;
    slot->trial_starts = trial_starts;
    slot->starts = 0;
}

void forget_version(Slot* slot, int index) {
    for (int i = index; i + 1 < slot->version_count; ++i) slot->versions[i] = slot->versions[i + 1];
    --slot->version_count;
    if (slot->active > index) --slot->active;
    if (slot->previous > index) --slot->previous;
}

tmx_status read_slot(const char* folder, const char* name, Slot* slot, ErrorText& error) {
    Path path;
    TMX_RETURN_IF_ERROR(join(folder, name, &path, error));
    SlotText found = {}, again = {};
    const tmx_status status = read_small_file(path.c_str(), found.text, kMaxSlotBytes, &found.bytes, error);
    if (status == TMX_NOT_INSTALLED) return error.set(status, "no model is installed as '%.63s'", name);
    TMX_RETURN_IF_ERROR(status);
    SlotText words = found;
    words.text[words.bytes] = '\0';
    bool good = strlen(words.text) == words.bytes && parse(words.text, slot) && strcmp(slot->name, name) == 0;
    if (good) {
        serialize(*slot, &again);
        good = again.bytes == found.bytes && memcmp(again.text, found.text, found.bytes) == 0;
    }
    return good ? TMX_OK
                : error.set(TMX_DAMAGED_STORE, "'%.200s' has been changed since it was written, or is of a newer tmx",
                            path.c_str());
}

tmx_status write_slot(const char* folder, Slot* slot, ErrorText& error) {
    ++slot->serial;
    SlotText text = {};
    serialize(*slot, &text);
    IncomingFile file;
    TMX_RETURN_IF_ERROR(file.create(folder, slot->name, error));
    TMX_RETURN_IF_ERROR(file.write(text.text, text.bytes, error));
    TMX_RETURN_IF_ERROR(file.seal(error));
    return file.publish(slot->name, error);
}

}  // namespace tmx::store
