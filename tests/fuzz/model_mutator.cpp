#include "model_mutator.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <set>

namespace tinamix::fuzz {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// Calls visit(message, field) for every field that is set, in all nested messages.
template <typename Visit>
void each_field(Message& message, const Visit& visit) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
        visit(message, field);
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            continue;
        }
        if (!field->is_repeated()) {
            each_field(*reflection.MutableMessage(&message, field), visit);
            continue;
        }
        for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
            each_field(*reflection.MutableRepeatedMessage(&message, field, i), visit);
        }
    }
}

}  // namespace

ModelMutator::ModelMutator(std::vector<std::string> corpus, uint64_t seed) : corpus_(std::move(corpus)), random_(seed) {
    std::set<std::string> words;
    for (const std::string& bytes : corpus_) {
        onnx::ModelProto model;
        if (!model.ParseFromString(bytes)) {
            continue;
        }
        each_field(model, [&](const Message& message, const FieldDescriptor* field) {
            if (field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated()) {
                words.insert(message.GetReflection()->GetString(message, field));
            }
        });
        models_.push_back(std::move(model));
    }
    words_.assign(words.begin(), words.end());
}

int64_t ModelMutator::number(int64_t old) {
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max(), kLeast = std::numeric_limits<int64_t>::min();
    constexpr int64_t kInteresting[] = {0,          1,        2,        3,        -1,    -2,     7,        64,
                                        127,        128,      255,      4096,     65535, 65536,  1 << 20,  1 << 24,
                                        0x7FFFFFFF, 1L << 31, 1L << 32, 1L << 40, kMost, kLeast, kMost - 1};
    switch (below(4)) {
        case 0:
            return static_cast<int64_t>(static_cast<uint64_t>(old) + 1);
        case 1:
            return static_cast<int64_t>(static_cast<uint64_t>(old) - 1);
        case 2:
            return static_cast<int64_t>(below(24));
        default:
            return kInteresting[below(std::size(kInteresting))];
    }
}

float ModelMutator::real(float old) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const float interesting[] = {0,     -0.0F,     1,          -1,      0.5F, 1e-30F,
                                 1e30F, kInfinity, -kInfinity, old * 2, -old, std::numeric_limits<float>::quiet_NaN()};
    return interesting[below(std::size(interesting))];
}

std::string ModelMutator::text(const std::string& old) {
    std::string changed = old;
    switch (below(5)) {
        case 0:
            return words_.empty() ? old : words_[below(words_.size())];
        case 1:
            return "";
        case 2:
            changed.resize(below(changed.size() + 1));
            return changed;
        case 3:
            changed += changed.empty() ? "x" : changed.substr(below(changed.size()));
            return changed;
        default:
            change_bytes(changed);
            return changed;
    }
}

void ModelMutator::change_bytes(std::string& bytes) {
    for (size_t count = 1 + below(4); count-- > 0;) {
        const size_t at = below(bytes.size());
        switch (bytes.empty() ? 1 : below(5)) {
            case 0:
                bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
                break;
            case 1:
                bytes.insert(at, 1 + below(4), static_cast<char>(below(256)));
                break;
            case 2:
                bytes.erase(at, 1 + below(8));
                break;
            case 3:
                bytes[at] = static_cast<char>(below(2) == 0 ? 0xFF : below(256));
                break;
            default:
                bytes.insert(at, bytes.substr(below(bytes.size()), below(64)));
        }
    }
}

/// Replaces the content of `message` by that of one of its kind elsewhere in the corpus.
void ModelMutator::graft(Message& message) {
    if (models_.empty()) {
        return;
    }
    onnx::ModelProto donor = models_[below(models_.size())];
    std::vector<Message*> same;
    each_field(donor, [&](Message& owner, const FieldDescriptor* field) {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->message_type() != message.GetDescriptor()) {
            return;
        }
        const Reflection& reflection = *owner.GetReflection();
        if (!field->is_repeated()) {
            same.push_back(reflection.MutableMessage(&owner, field));
            return;
        }
        for (int i = 0; i < reflection.FieldSize(owner, field); ++i) {
            same.push_back(reflection.MutableRepeatedMessage(&owner, field, i));
        }
    });
    if (!same.empty()) {
        message.CopyFrom(*same[below(same.size())]);
    }
}

void ModelMutator::change_single(const Place& place) {
    Message& message = *place.message;
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* field = place.field;
    if (below(12) == 0) {
        reflection.ClearField(&message, field);
        return;
    }
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT64:
            reflection.SetInt64(&message, field, number(reflection.GetInt64(message, field)));
            break;
        case FieldDescriptor::CPPTYPE_INT32:
            reflection.SetInt32(&message, field, static_cast<int32_t>(number(reflection.GetInt32(message, field))));
            break;
        case FieldDescriptor::CPPTYPE_ENUM:
            reflection.SetEnumValue(&message, field, static_cast<int>(below(20)));
            break;
        case FieldDescriptor::CPPTYPE_FLOAT:
            reflection.SetFloat(&message, field, real(reflection.GetFloat(message, field)));
            break;
        case FieldDescriptor::CPPTYPE_STRING:
            reflection.SetString(&message, field, text(reflection.GetString(message, field)));
            break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
            graft(*reflection.MutableMessage(&message, field));
            break;
        default:
            reflection.ClearField(&message, field);
    }
}

void ModelMutator::change_repeated(const Place& place) {
    Message& message = *place.message;
    const Reflection& reflection = *message.GetReflection();
    const FieldDescriptor* field = place.field;
    const int size = reflection.FieldSize(message, field);
    const auto at = static_cast<int>(below(static_cast<size_t>(size)));
    const size_t choice = below(6);
    if (choice == 0) {
        reflection.RemoveLast(&message, field);
    } else if (choice == 1) {
        reflection.SwapElements(&message, field, at, size - 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        if (choice == 2) {
            const Message& original = reflection.GetRepeatedMessage(message, field, at);
            std::unique_ptr<Message> copy(original.New());
            copy->CopyFrom(original);
            reflection.AddMessage(&message, field)->CopyFrom(*copy);
        } else if (choice == 3) {
            graft(*reflection.AddMessage(&message, field));
        } else {
            graft(*reflection.MutableRepeatedMessage(&message, field, at));
        }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
        const int64_t value = number(reflection.GetRepeatedInt64(message, field, at));
        choice == 2 ? reflection.AddInt64(&message, field, value)
                    : reflection.SetRepeatedInt64(&message, field, at, value);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
        const auto value = static_cast<int32_t>(number(reflection.GetRepeatedInt32(message, field, at)));
        choice == 2 ? reflection.AddInt32(&message, field, value)
                    : reflection.SetRepeatedInt32(&message, field, at, value);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
        reflection.SetRepeatedFloat(&message, field, at, real(reflection.GetRepeatedFloat(message, field, at)));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        std::string value = text(reflection.GetRepeatedString(message, field, at));
        choice == 2 ? reflection.AddString(&message, field, value)
                    : reflection.SetRepeatedString(&message, field, at, value);
    }
}

void ModelMutator::change_field(Message& model) {
    std::vector<Place> places;
    each_field(model, [&](Message& message, const FieldDescriptor* field) { places.push_back({&message, field}); });
    if (places.empty()) {
        return;
    }
    const Place place = places[below(places.size())];
    place.field->is_repeated() ? change_repeated(place) : change_single(place);
}

std::string ModelMutator::next() {
    if (models_.empty() || below(5) == 0) {
        std::string bytes = corpus_[below(corpus_.size())];
        change_bytes(bytes);
        return bytes;
    }
    onnx::ModelProto model = models_[below(models_.size())];
    for (size_t count = 1 + below(6); count-- > 0;) {
        change_field(model);
    }
    return model.SerializePartialAsString();
}

}  // namespace tinamix::fuzz
