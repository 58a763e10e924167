// Looking up the list of packings.
#include "kernels/packings.h"

namespace tmx::kernels {
namespace {

struct Line {
    Isa isa;
    uint8_t slot, nr, kr;
};

#define TMX_PACKING_LINE(isa, slot, nr, kr) {Isa::isa, PrecisionSlot::slot, nr, kr},
// The last line ends the list: some processors have no others.
constexpr Line kLines[] = {TMX_PACKINGS(TMX_PACKING_LINE){Isa::kCount, 0, 0, 0}};
#undef TMX_PACKING_LINE

}  // namespace

int packing_rank(Isa isa, int slot, Packing packing) {
    if (isa == Isa::reference) return 0;
    int rank = 0;
    for (const Line& line : kLines) {
        if (line.isa != isa || line.slot != slot) continue;
        if (line.nr == packing.nr && line.kr == packing.kr) return rank;
        ++rank;
    }
    return kUnreadPacking;
}

Packing best_packing(Isa isa, int slot) {
    for (const Line& line : kLines) {
        if (line.isa == isa && line.slot == slot) return {line.nr, line.kr};
    }
    return {1, 1};
}

}  // namespace tmx::kernels
