// Where a picture comes to lie in the input of a network: the geometry of preprocessing, apart from its pixels.
#pragma once

#include "data/picture.h"
#include "data/samples.h"

namespace tinamix::data {

/// Size that a picture has after its resize, before crop or border. `input`: width and height of the model's input.
Size size_after_resize(Size picture, Size input, const Preprocessing& preprocessing);

/// x of the input = x of the picture * scale_x + left, and the same for y; coordinates in pixels, 0 being the left
/// (upper) edge of the first pixel.
struct Placement {
    double scale_x = 1, scale_y = 1, left = 0, top = 0;
};

Placement placement(Size picture, Size input, const Preprocessing& preprocessing);

}  // namespace tinamix::data
