// The lower one of the driver's two libraries: the upper one finds it loaded, or cannot be loaded itself.
extern "C" __attribute__((visibility("default"))) int stand_in_lower_library() { return 1; }
