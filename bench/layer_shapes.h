// The layers that benchmarks measure: every different convolution and fully connected layer of four networks, and the
// three layers that kernels are compared by across processors. Shapes are data: kernels that are fast on these are
// fast.
#ifndef TINAMIX_BENCH_LAYER_SHAPES_H_
#define TINAMIX_BENCH_LAYER_SHAPES_H_

#include <cstdint>

namespace tmx::bench {

/// A convolution over one image, channels last. groups == in_c == out_c: depthwise.
struct LayerShape {
    const char* network;
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t kernel_h, kernel_w;
    int32_t stride;  ///< both directions
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t count;  ///< how often the network has it

    bool depthwise() const { return groups > 1; }
    int64_t macs() const { return int64_t{out_h} * out_w * out_c * kernel_h * kernel_w * (in_c / groups); }
};

inline constexpr LayerShape kLayerShapes[] = {
    // clang-format off: one line per layer
    // network, input height, width, channels, output height, width, channels, kernel, stride, pad top, left, groups,
    // count
    {"compared", 56, 56, 64, 56, 56, 128, 1, 1, 1, 0, 0, 1, 1},
    {"compared", 56, 56, 64, 56, 56, 64, 3, 3, 1, 1, 1, 1, 1},
    {"compared", 56, 56, 128, 56, 56, 128, 3, 3, 1, 1, 1, 128, 1},
    {"MobileNetV2", 224, 224, 3, 112, 112, 32, 3, 3, 2, 1, 1, 1, 1},
    {"MobileNetV2", 112, 112, 32, 112, 112, 32, 3, 3, 1, 1, 1, 32, 1},
    {"MobileNetV2", 112, 112, 32, 112, 112, 16, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 112, 112, 16, 112, 112, 96, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 112, 112, 96, 56, 56, 96, 3, 3, 2, 1, 1, 96, 1},
    {"MobileNetV2", 56, 56, 96, 56, 56, 24, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 56, 56, 24, 56, 56, 144, 1, 1, 1, 0, 0, 1, 2},
    {"MobileNetV2", 56, 56, 144, 56, 56, 144, 3, 3, 1, 1, 1, 144, 1},
    {"MobileNetV2", 56, 56, 144, 56, 56, 24, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 56, 56, 144, 28, 28, 144, 3, 3, 2, 1, 1, 144, 1},
    {"MobileNetV2", 28, 28, 144, 28, 28, 32, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 28, 28, 32, 28, 28, 192, 1, 1, 1, 0, 0, 1, 3},
    {"MobileNetV2", 28, 28, 192, 28, 28, 192, 3, 3, 1, 1, 1, 192, 2},
    {"MobileNetV2", 28, 28, 192, 28, 28, 32, 1, 1, 1, 0, 0, 1, 2},
    {"MobileNetV2", 28, 28, 192, 14, 14, 192, 3, 3, 2, 1, 1, 192, 1},
    {"MobileNetV2", 14, 14, 192, 14, 14, 64, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 14, 14, 64, 14, 14, 384, 1, 1, 1, 0, 0, 1, 4},
    {"MobileNetV2", 14, 14, 384, 14, 14, 384, 3, 3, 1, 1, 1, 384, 4},
    {"MobileNetV2", 14, 14, 384, 14, 14, 64, 1, 1, 1, 0, 0, 1, 3},
    {"MobileNetV2", 14, 14, 384, 14, 14, 96, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 14, 14, 96, 14, 14, 576, 1, 1, 1, 0, 0, 1, 3},
    {"MobileNetV2", 14, 14, 576, 14, 14, 576, 3, 3, 1, 1, 1, 576, 2},
    {"MobileNetV2", 14, 14, 576, 14, 14, 96, 1, 1, 1, 0, 0, 1, 2},
    {"MobileNetV2", 14, 14, 576, 7, 7, 576, 3, 3, 2, 1, 1, 576, 1},
    {"MobileNetV2", 7, 7, 576, 7, 7, 160, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 7, 7, 160, 7, 7, 960, 1, 1, 1, 0, 0, 1, 3},
    {"MobileNetV2", 7, 7, 960, 7, 7, 960, 3, 3, 1, 1, 1, 960, 3},
    {"MobileNetV2", 7, 7, 960, 7, 7, 160, 1, 1, 1, 0, 0, 1, 2},
    {"MobileNetV2", 7, 7, 960, 7, 7, 320, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 7, 7, 320, 7, 7, 1280, 1, 1, 1, 0, 0, 1, 1},
    {"MobileNetV2", 1, 1, 1280, 1, 1, 1000, 1, 1, 1, 0, 0, 1, 1},
    {"YOLOv5n", 640, 640, 3, 320, 320, 16, 6, 6, 2, 2, 2, 1, 1},
    {"YOLOv5n", 320, 320, 16, 160, 160, 32, 3, 3, 2, 1, 1, 1, 1},
    {"YOLOv5n", 160, 160, 32, 160, 160, 16, 1, 1, 1, 0, 0, 1, 2},
    {"YOLOv5n", 160, 160, 16, 160, 160, 16, 1, 1, 1, 0, 0, 1, 1},
    {"YOLOv5n", 160, 160, 16, 160, 160, 16, 3, 3, 1, 1, 1, 1, 1},
    {"YOLOv5n", 160, 160, 32, 160, 160, 32, 1, 1, 1, 0, 0, 1, 1},
    {"YOLOv5n", 160, 160, 32, 80, 80, 64, 3, 3, 2, 1, 1, 1, 1},
    {"YOLOv5n", 80, 80, 64, 80, 80, 32, 1, 1, 1, 0, 0, 1, 2},
    {"YOLOv5n", 80, 80, 32, 80, 80, 32, 1, 1, 1, 0, 0, 1, 3},
    {"YOLOv5n", 80, 80, 32, 80, 80, 32, 3, 3, 1, 1, 1, 1, 3},
    {"YOLOv5n", 80, 80, 64, 80, 80, 64, 1, 1, 1, 0, 0, 1, 2},
    {"YOLOv5n", 80, 80, 64, 40, 40, 128, 3, 3, 2, 1, 1, 1, 1},
    {"YOLOv5n", 40, 40, 128, 40, 40, 64, 1, 1, 1, 0, 0, 1, 5},
    {"YOLOv5n", 40, 40, 64, 40, 40, 64, 1, 1, 1, 0, 0, 1, 5},
    {"YOLOv5n", 40, 40, 64, 40, 40, 64, 3, 3, 1, 1, 1, 1, 5},
    {"YOLOv5n", 40, 40, 128, 40, 40, 128, 1, 1, 1, 0, 0, 1, 3},
    {"YOLOv5n", 40, 40, 128, 20, 20, 256, 3, 3, 2, 1, 1, 1, 1},
    {"YOLOv5n", 20, 20, 256, 20, 20, 128, 1, 1, 1, 0, 0, 1, 6},
    {"YOLOv5n", 20, 20, 128, 20, 20, 128, 1, 1, 1, 0, 0, 1, 2},
    {"YOLOv5n", 20, 20, 128, 20, 20, 128, 3, 3, 1, 1, 1, 1, 2},
    {"YOLOv5n", 20, 20, 256, 20, 20, 256, 1, 1, 1, 0, 0, 1, 2},
    {"YOLOv5n", 20, 20, 512, 20, 20, 256, 1, 1, 1, 0, 0, 1, 1},
    {"YOLOv5n", 40, 40, 256, 40, 40, 64, 1, 1, 1, 0, 0, 1, 2},
    {"YOLOv5n", 80, 80, 128, 80, 80, 32, 1, 1, 1, 0, 0, 1, 2},
    {"YOLOv5n", 80, 80, 64, 80, 80, 255, 1, 1, 1, 0, 0, 1, 1},
    {"YOLOv5n", 80, 80, 64, 40, 40, 64, 3, 3, 2, 1, 1, 1, 1},
    {"YOLOv5n", 40, 40, 128, 40, 40, 255, 1, 1, 1, 0, 0, 1, 1},
    {"YOLOv5n", 40, 40, 128, 20, 20, 128, 3, 3, 2, 1, 1, 1, 1},
    {"YOLOv5n", 20, 20, 256, 20, 20, 255, 1, 1, 1, 0, 0, 1, 1},
    {"MobileFaceNet", 112, 112, 3, 56, 56, 64, 3, 3, 2, 1, 1, 1, 1},
    {"MobileFaceNet", 56, 56, 64, 56, 56, 64, 3, 3, 1, 1, 1, 64, 1},
    {"MobileFaceNet", 56, 56, 64, 56, 56, 64, 1, 1, 1, 0, 0, 1, 1},
    {"MobileFaceNet", 56, 56, 64, 56, 56, 128, 1, 1, 1, 0, 0, 1, 1},
    {"MobileFaceNet", 56, 56, 128, 28, 28, 128, 3, 3, 2, 1, 1, 128, 1},
    {"MobileFaceNet", 28, 28, 128, 28, 28, 64, 1, 1, 1, 0, 0, 1, 5},
    {"MobileFaceNet", 28, 28, 64, 28, 28, 128, 1, 1, 1, 0, 0, 1, 4},
    {"MobileFaceNet", 28, 28, 128, 28, 28, 128, 3, 3, 1, 1, 1, 128, 4},
    {"MobileFaceNet", 28, 28, 64, 28, 28, 256, 1, 1, 1, 0, 0, 1, 1},
    {"MobileFaceNet", 28, 28, 256, 14, 14, 256, 3, 3, 2, 1, 1, 256, 1},
    {"MobileFaceNet", 14, 14, 256, 14, 14, 128, 1, 1, 1, 0, 0, 1, 7},
    {"MobileFaceNet", 14, 14, 128, 14, 14, 256, 1, 1, 1, 0, 0, 1, 6},
    {"MobileFaceNet", 14, 14, 256, 14, 14, 256, 3, 3, 1, 1, 1, 256, 6},
    {"MobileFaceNet", 14, 14, 128, 14, 14, 512, 1, 1, 1, 0, 0, 1, 1},
    {"MobileFaceNet", 14, 14, 512, 7, 7, 512, 3, 3, 2, 1, 1, 512, 1},
    {"MobileFaceNet", 7, 7, 512, 7, 7, 128, 1, 1, 1, 0, 0, 1, 1},
    {"MobileFaceNet", 7, 7, 128, 7, 7, 256, 1, 1, 1, 0, 0, 1, 2},
    {"MobileFaceNet", 7, 7, 256, 7, 7, 256, 3, 3, 1, 1, 1, 256, 2},
    {"MobileFaceNet", 7, 7, 256, 7, 7, 128, 1, 1, 1, 0, 0, 1, 2},
    {"MobileFaceNet", 7, 7, 128, 7, 7, 512, 1, 1, 1, 0, 0, 1, 1},
    {"MobileFaceNet", 7, 7, 512, 1, 1, 512, 7, 7, 1, 0, 0, 512, 1},
    {"MobileFaceNet", 1, 1, 512, 1, 1, 128, 1, 1, 1, 0, 0, 1, 1},
    {"DS-CNN", 49, 10, 1, 25, 5, 64, 10, 4, 2, 4, 1, 1, 1},
    {"DS-CNN", 25, 5, 64, 25, 5, 64, 3, 3, 1, 1, 1, 64, 4},
    {"DS-CNN", 25, 5, 64, 25, 5, 64, 1, 1, 1, 0, 0, 1, 4},
    {"DS-CNN", 1, 1, 64, 1, 1, 12, 1, 1, 1, 0, 0, 1, 1},
    // clang-format on
};

}  // namespace tmx::bench

#endif  // TINAMIX_BENCH_LAYER_SHAPES_H_
