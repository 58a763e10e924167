// Random changes to ONNX files, the same for the same seed: of bytes, and of the fields that the bytes encode.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tinamix::fuzz {

class ModelMutator {
  public:
    /// `corpus`: files whose parts are mixed. Those that are no ONNX models serve for changes of bytes alone.
    explicit ModelMutator(std::vector<std::string> corpus, uint64_t seed = 0);

    void reseed(uint64_t seed) { random_.seed(seed); }
    /// The next changed file.
    std::string next();

  private:
    struct Place {
        google::protobuf::Message* message;
        const google::protobuf::FieldDescriptor* field;
    };

    size_t below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
    int64_t number(int64_t old);
    float real(float old);
    std::string text(const std::string& old);
    void change_bytes(std::string& bytes);
    void change_field(google::protobuf::Message& model);
    void change_single(const Place& place);
    void change_repeated(const Place& place);
    void graft(google::protobuf::Message& message);

    std::vector<std::string> corpus_;
    std::vector<onnx::ModelProto> models_;
    std::vector<std::string> words_;  ///< operators, attribute and tensor names of the corpus
    std::mt19937_64 random_;
};

}  // namespace tinamix::fuzz
