// What a detector finds, and what there is to find.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tinamix::detect {

/// Corners in pixels; x to the right, y downwards.
struct Box {
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;

    double area() const { return std::max(0.0, x1 - x0) * std::max(0.0, y1 - y0); }
};

inline double common_area(const Box& a, const Box& b) {
    return Box{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)}.area();
}

/// Common area over the area of both together; 0 where both are empty.
inline double intersection_over_union(const Box& a, const Box& b) {
    const double common = common_area(a, b), all = a.area() + b.area() - common;
    return all > 0 ? common / all : 0;
}

struct Detection {
    Box box;
    int64_t category = 0;
    double score = 0;
};

struct Truth {
    Box box;
    int64_t category = 0;
    /// The box holds many objects: what is found in it counts neither for nor against.
    bool crowd = false;
};

}  // namespace tinamix::detect
