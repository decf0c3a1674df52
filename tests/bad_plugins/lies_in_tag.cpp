#include "plain_sink.h"

namespace {
constexpr lianqiao::Descriptor kDescriptor = bad::describe("somebody_else");
}

LIANQIAO_ADAPTER("somebody_else", kDescriptor)
