// Damaged files: cut at every byte, every byte changed. With the checksum every change is refused; with a checksum that
// fits, the verifier alone stands between the file and memory, so what it lets through must run cleanly (the sanitizer
// preset runs this test, too).
#include <gtest/gtest.h>

#include "layers.h"
#include "runtime/model_file.h"

namespace tmx::testing {
namespace {

#if defined(TINAMIX_EMULATED)
// An emulator is some twenty times slower: fewer changes of each byte, still of every byte.
constexpr int kFlips[] = {0x01, 0x10, 0x80, 0xFF};
constexpr int kRandomRounds = 4000;
#else
constexpr int kFlips[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF};
constexpr int kRandomRounds = 20000;
#endif

/// An arena of exactly the bytes the true file needs: a file that asks for more is refused, and a sanitizer sees any
/// byte beyond it.
class Opener {
  public:
    explicit Opener(const AlignedBytes& file) {
        OpenModel model(file);
        tmx_info info;
        tmx_model_info(model.get(), &info);
        arena_ = AlignedBytes(info.arena_bytes);
        tmx_options_init(&options_);
        options_.arena = arena_.data();
        options_.arena_bytes = arena_.size();
    }

    /// Opens; if that succeeds, runs and reads all outputs. A refusal must have a message.
    tmx_status open_and_run(const uint8_t* data, size_t size) {
        tmx_model* model = nullptr;
        const tmx_status status = tmx_model_open_memory(data, size, &options_, &model);
        if (status != TMX_OK) {
            EXPECT_EQ(model, nullptr);
            EXPECT_STRNE(tmx_last_error(nullptr), "");
            return status;
        }
        tmx_info info;
        tmx_model_info(model, &info);
        std::memset(arena_.data(), 0x5A, info.arena_bytes);
        tmx_tensor tensor;
        for (int32_t i = 0; i < info.input_count; ++i) {
            EXPECT_EQ(tmx_input(model, i, &tensor), TMX_OK);
            values_.assign(tensor.elements, 0.75F);
            EXPECT_EQ(tmx_input_set_f32(model, i, values_.data(), values_.size()), TMX_OK);
        }
        EXPECT_EQ(tmx_run(model), TMX_OK);
        for (int32_t i = 0; i < info.output_count; ++i) {
            EXPECT_EQ(tmx_output(model, i, &tensor), TMX_OK);
            values_.assign(tensor.elements, 0.0F);
            EXPECT_EQ(tmx_output_get_f32(model, i, values_.data(), values_.size()), TMX_OK);
        }
        for (int32_t i = 0; i < info.op_count; ++i) {
            tmx_op op;
            EXPECT_EQ(tmx_model_op(model, i, &op), TMX_OK);
        }
        tmx_model_close(model);
        return TMX_OK;
    }

  private:
    AlignedBytes arena_;
    tmx_options options_;
    std::vector<float> values_;
};

TEST(Damage, EveryTruncationIsRefused) {
    const AlignedBytes file = model_of_every_op();
    Opener opener(file);
    ASSERT_EQ(opener.open_and_run(file.data(), file.size()), TMX_OK);
    for (size_t size = 0; size < file.size(); ++size) {
        AlignedBytes cut(size);  // exactly as long as the rest, so that a sanitizer sees reads behind it
        std::memcpy(cut.data(), file.data(), size);
        ASSERT_EQ(opener.open_and_run(cut.data(), cut.size()), TMX_NOT_A_MODEL) << "cut at " << size;
    }
}

/// The frame is repaired, too: the verifier sees a graph or weights that end too early.
TEST(Damage, EveryTruncationWithARepairedFrameIsRefusedOrRuns) {
    const AlignedBytes file = model_of_every_op();
    Opener opener(file);
    Trailer trailer;
    std::memcpy(&trailer, file.data() + file.size() - sizeof(trailer), sizeof(trailer));
    const auto open_with = [&](uint64_t graph_bytes, uint64_t weights_bytes) {
        Trailer repaired = trailer;
        repaired.graph_bytes = graph_bytes;
        repaired.weights_bytes = weights_bytes;
        repaired.weights_offset = (graph_bytes + kAlignment - 1) / kAlignment * kAlignment;
        repaired.file_bytes = repaired.weights_offset + weights_bytes + sizeof(Trailer);
        AlignedBytes cut(repaired.file_bytes);
        std::memcpy(cut.data(), file.data(), graph_bytes);
        std::memcpy(cut.data() + repaired.weights_offset, file.data() + trailer.weights_offset, weights_bytes);
        std::memcpy(cut.data() + cut.size() - sizeof(Trailer), &repaired, sizeof(Trailer));
        seal(cut);
        return opener.open_and_run(cut.data(), cut.size());
    };
    ASSERT_EQ(open_with(trailer.graph_bytes, trailer.weights_bytes), TMX_OK);
    for (uint64_t size = 0; size < trailer.graph_bytes; ++size) open_with(size, trailer.weights_bytes);
    for (uint64_t size = 0; size < trailer.weights_bytes; ++size) {
        ASSERT_NE(open_with(trailer.graph_bytes, size), TMX_OK);
    }
}

TEST(Damage, EveryChangedByteIsRefusedByTheChecksum) {
    AlignedBytes file = model_of_every_op();
    Opener opener(file);
    for (size_t at = 0; at < file.size(); ++at) {
        for (const int flip : {0x01, 0xFF}) {
            file.data()[at] ^= static_cast<uint8_t>(flip);
            ASSERT_NE(opener.open_and_run(file.data(), file.size()), TMX_OK) << "byte " << at;
            file.data()[at] ^= static_cast<uint8_t>(flip);
        }
    }
}

TEST(Damage, EveryChangedByteBehindAFittingChecksumIsRefusedOrRuns) {
    AlignedBytes file = model_of_every_op();
    Opener opener(file);
    size_t refused = 0;
    size_t ran = 0;
    for (size_t at = 0; at < file.size(); ++at) {
        const uint8_t original = file.data()[at];
        for (const int flip : kFlips) {
            file.data()[at] = static_cast<uint8_t>(original ^ flip);
            seal(file);
            (opener.open_and_run(file.data(), file.size()) == TMX_OK ? ran : refused) += 1;
        }
        file.data()[at] = original;
    }
    // Weights, names and tables may change freely; most of the graph may not.
    EXPECT_GT(refused, 0U);
    EXPECT_GT(ran, 0U);
    RecordProperty("refused", static_cast<int>(refused));
    RecordProperty("ran", static_cast<int>(ran));
    seal(file);
    EXPECT_EQ(opener.open_and_run(file.data(), file.size()), TMX_OK);
}

TEST(Damage, RandomWordsInTheGraphAreRefusedOrRun) {
    const AlignedBytes file = model_of_every_op();
    Opener opener(file);
    Trailer trailer;
    std::memcpy(&trailer, file.data() + file.size() - sizeof(trailer), sizeof(trailer));
    Random random(31);
    constexpr uint32_t kInteresting[] = {0,          1,          0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
                                         0xFFFFFFC0, 0x40000000, 0x00010000, 0x7F800000, 0x7FC00000};
    for (int round = 0; round < kRandomRounds; ++round) {
        AlignedBytes damaged(file.size());
        std::memcpy(damaged.data(), file.data(), file.size());
        for (int words = random.between(1, 4); words > 0; --words) {
            const auto at = static_cast<size_t>(random.between(0, static_cast<int32_t>(trailer.graph_bytes) - 4)) & ~3U;
            const int choice = random.between(0, 12);
            const uint32_t value = choice < 10 ? kInteresting[choice] : static_cast<uint32_t>(random.next() >> 32);
            std::memcpy(damaged.data() + at, &value, choice == 11 ? 2 : 4);
        }
        seal(damaged);
        opener.open_and_run(damaged.data(), damaged.size());
    }
}

}  // namespace
}  // namespace tmx::testing
