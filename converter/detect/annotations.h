// Reads what there is to find in pictures.
#pragma once

#include <string>
#include <vector>

#include "detect/detection.h"

namespace tinamix::detect {

struct Annotations {
    std::vector<std::vector<Truth>> truths;  ///< per picture, in pixels of the picture
    size_t pictures_without = 0;  ///< pictures that the annotations do not name: nothing is to be found there
};

/// `path` is a folder of YOLO label files (NAME.txt per picture: a line per object, "category cx cy width height",
/// parts of the picture's size), or a COCO instances file (.json). COCO's category ids count in the order of
/// `categories`, sorted by id: the index of the score. Throws Error naming file and line, also where no picture has
/// annotations.
Annotations read_annotations(const std::string& path, const std::vector<std::string>& pictures);

}  // namespace tinamix::detect
