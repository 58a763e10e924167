#include "deploy/npu_target.h"

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "formats/mapped_file.h"
#include "frame.h"

namespace tinamix::deploy {

uint32_t npu_target_of(const std::string& model) {
    const formats::MappedFile file(model);
    tmx::runtime::Frame frame{};
    tmx::runtime::ErrorText error{};
    const auto* data = reinterpret_cast<const uint8_t*>(file.bytes().data());
    if (tmx::runtime::open_frame(data, file.bytes().size(), false, &frame, error) != TMX_OK) {
        throw Error(model, error.text);
    }
    return frame.graph->npu_target();
}

void check_npu_target(const std::string& model, uint32_t target, const BoardProfile& board) {
    if (target == 0 || (board.npu && board.npu->target_id == target)) return;
    const std::string has = board.npu ? fmt::format("has target 0x{:X}", board.npu->target_id) : "has no NPU";
    throw Error(model, fmt::format("is for an NPU with target 0x{:X}, board {} {}", target, board.name, has),
                board.npu ? "compile its NBG for this target and use `tinamix pack-npu` again"
                          : "flash the model as it was before `tinamix pack-npu`");
}

}  // namespace tinamix::deploy
