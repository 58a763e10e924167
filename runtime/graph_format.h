// The generated FlatBuffers code, as the runtime uses it: without asserts, which must never end an application. What
// an assert would have caught is checked by the verifier before anything reads the graph.
#ifndef TINAMIX_RUNTIME_GRAPH_FORMAT_H_
#define TINAMIX_RUNTIME_GRAPH_FORMAT_H_

#ifndef FLATBUFFERS_ASSERT
#define FLATBUFFERS_ASSERT(condition) ((void)0)
#endif
#include "tinamix_generated.h"

#endif  // TINAMIX_RUNTIME_GRAPH_FORMAT_H_
