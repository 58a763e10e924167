// What convolutions and pools share: a window that moves over [batch, height, width, channels].
#ifndef TINAMIX_RUNTIME_WINDOW_OP_H_
#define TINAMIX_RUNTIME_WINDOW_OP_H_

#include "op_site.h"

namespace tmx::runtime {

/// Checks that input 0 and the output are [n,h,w,c] of the same n and that the output's height and width are what the
/// window makes of the input's; fills *window.
tmx_status read_window(const OpSite& site, const format::Window2D& file, kernels::Window* window);

/// Most elements of the input that any position of the window covers, and fewest. `window` has passed read_window.
struct Coverage {
    int64_t most, fewest;
};
Coverage window_coverage(const OpSite& site, const kernels::Window& window);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_WINDOW_OP_H_
